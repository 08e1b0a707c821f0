//! `emberlab devices`: what networks can run on.

use super::{print, print_json};
use crate::compute::Device;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct DevicesArguments {
    /// Print each device as a line of JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn devices(arguments: &DevicesArguments) -> anyhow::Result<()> {
    for device in Device::list() {
        if arguments.json {
            print_json(&serde_json::json!({
                "name": device.name,
                "description": device.description,
                "kind": device.kind,
                "auto": device.auto,
            }))?;
        } else {
            let note = if device.auto { "" } else { " (only when asked for)" };
            print(&format!("{:<8} {} · {}{note}", device.name, device.description, device.kind))?;
        }
    }
    Ok(())
}
