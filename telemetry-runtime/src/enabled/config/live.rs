//! The values of a configuration that can change while the program runs.

use super::Config;

impl Config {
    /// Replaces the switch, the limits, the prices and the filters of the logs by those of `new`. Directory, files, budget
    /// and the host's name stay. A log that only `new` has is ignored, and a log that `new` does not have is disabled.
    pub(crate) fn take_live(&mut self, mut new: Self) {
        self.enabled = new.enabled;
        self.log_content = new.log_content;
        self.max_field_bytes = new.max_field_bytes;
        self.max_per_second = new.max_per_second;
        self.pricing = new.pricing;
        self.warnings = new.warnings;
        self.filter_is_of_environment = new.filter_is_of_environment;
        for log in &mut self.logs {
            let Some(at) = new.logs.iter().position(|other| other.name == log.name) else {
                log.enabled = false;
                continue;
            };
            let file = log.file.take();
            *log = new.logs.swap_remove(at);
            log.file = file;
        }
    }
}
