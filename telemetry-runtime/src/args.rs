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
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct TelemetryArgs {
    /// Write telemetry, whatever config.toml says
    #[arg(long, global = true, overrides_with = "no_telemetry")]
    telemetry: bool,

    /// Write no telemetry, whatever config.toml says
    #[arg(long, global = true, overrides_with = "telemetry")]
    no_telemetry: bool,
}

impl TelemetryArgs {
    /// Returns the choice of the user, or `None` if neither flag was given. The last flag takes
    /// precedence. The value is for [`Config::with_enabled`](crate::Config::with_enabled).
    pub fn choice(self) -> Option<bool> {
        match (self.telemetry, self.no_telemetry) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}
