use clap::{ArgMatches, Command, FromArgMatches};

/// The arguments `--telemetry` and `--no-telemetry`, to be flattened into the host's own arguments.
///
/// ```
/// use clap::Parser;
/// use telemetry_runtime::TelemetryArgs;
///
/// #[derive(Parser)]
/// struct Cli {
///     #[command(flatten)]
///     telemetry: TelemetryArgs,
/// }
///
/// let cli = Cli::parse_from(["agent", "--no-telemetry"]);
/// assert_eq!(cli.telemetry.choice(), Some(false));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TelemetryArgs(Flags);

// A comment of this type would become the description of the host's command: that is how `clap` derives it.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
struct Flags {
    /// Write telemetry, whatever config.toml says
    #[arg(long, global = true, overrides_with = "no_telemetry")]
    telemetry: bool,

    /// Write no telemetry, whatever config.toml says
    #[arg(long, global = true, overrides_with = "telemetry")]
    no_telemetry: bool,
}

impl clap::Args for TelemetryArgs {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args_for_update(command)
    }
}

impl FromArgMatches for TelemetryArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Flags::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl TelemetryArgs {
    /// Returns the choice of the user, or `None` if neither flag was given. The last flag takes
    /// precedence. The value is for [`Config::load_or_default`](crate::Config::load_or_default).
    pub fn choice(self) -> Option<bool> {
        match (self.0.telemetry, self.0.no_telemetry) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::TelemetryArgs;

    /// An agent.
    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        telemetry: TelemetryArgs,
    }

    #[test]
    fn the_help_of_the_host_is_its_own() {
        let help = Cli::command().render_long_help().to_string();
        assert!(help.starts_with("An agent"), "{help}");
        assert!(help.contains("--no-telemetry"), "{help}");
    }

    #[test]
    fn the_last_flag_takes_precedence() {
        for (args, choice) in [
            (&["agent"][..], None),
            (&["agent", "--telemetry"], Some(true)),
            (&["agent", "--telemetry", "--no-telemetry"], Some(false)),
            (&["agent", "--no-telemetry", "--telemetry"], Some(true)),
        ] {
            let cli = Cli::parse_from(args);
            assert_eq!(cli.telemetry.choice(), choice, "{args:?}");
        }
    }
}
