//! What the kernel says a process has used: CPU time and memory.

use crate::Outcome;

/// The clock ticks of `/proc` in a second, the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// The fields of `/proc/PID/stat` behind the name, which may hold blanks itself; the first is the state.
fn stat(pid: u32) -> Outcome<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = text.rsplit_once(')').ok_or("a stat file that is none")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

fn seconds(fields: &[String], places: std::ops::Range<usize>) -> f64 {
    let ticks: u64 =
        fields.get(places).unwrap_or_default().iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / TICKS
}

/// The CPU seconds that a process has used, in itself and in the kernel.
pub(crate) fn cpu(pid: u32) -> Outcome<f64> {
    Ok(seconds(&stat(pid)?, 11..13))
}

/// The parent of a process.
pub(crate) fn parent(pid: u32) -> Outcome<u32> {
    Ok(stat(pid)?.get(1).ok_or("a stat file that is short")?.parse()?)
}

/// The CPU seconds of a process and all its children, the ended ones included.
pub(crate) fn cpu_of_family(pid: u32) -> Outcome<f64> {
    let mut sum = seconds(&stat(pid)?, 11..15);
    for child in std::fs::read_dir("/proc")? {
        let Ok(child) = child?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // A process may end between the listing and the look.
        if let Ok(fields) = stat(child)
            && fields.get(1).is_some_and(|parent| *parent == pid.to_string())
        {
            sum += seconds(&fields, 11..15);
        }
    }
    Ok(sum)
}

/// The most memory that a process has held, in MB.
pub(crate) fn peak_memory(pid: u32) -> Outcome<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024.0)
}
