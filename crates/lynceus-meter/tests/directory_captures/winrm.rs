//! Windows Remote Management.

use crate::{flows, seen, text};

#[test]
fn remote_management() {
    for machine in ["WORKSTATION5", "WORKSTATION6"] {
        let name = format!(
            "attack-pcaps/otrf/empire_psremoting_stager__\
             empire_psremoting_stager_{machine}_2020-09-20170827.cap"
        );
        let Some(seen) = seen(&name) else { return };
        assert!(flows(&seen, "winrm") > 0, "{machine}");
        let rows = rows_of!(seen, Http);
        assert!(rows.iter().any(|r| text(&r.uri).starts_with("/wsman")));
    }
}
