//! Dates, as people say them.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// How long ago `then` was, both in seconds since 1970; the date when it is long ago.
#[must_use]
pub fn ago(then: u64, now: u64) -> String {
    let past = now.saturating_sub(then);
    match past {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", past / 60),
        3_600..86_400 => format!("{} h ago", past / 3_600),
        86_400..172_800 => "yesterday".to_owned(),
        172_800..2_592_000 => format!("{} days ago", past / 86_400),
        _ => date(then).chars().take(10).collect(),
    }
}

/// Date and time of day in UTC.
#[must_use]
pub fn date(seconds: u64) -> String {
    let (days, day) = (seconds / 86_400, seconds % 86_400);
    // Days from March on, in eras of 400 years, so that a leap day ends its year.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02} {:02}:{:02} UTC", day / 3_600, day / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_709_251_200, "2024-03-01 00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
            (1_795_646_100, "2026-11-25 22:35 UTC"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }

    #[test]
    fn the_recent_past_is_told_from_now() {
        let now = 1_795_646_100;
        for (past, text) in [
            (0, "just now"),
            (119, "1 min ago"),
            (7_300, "2 h ago"),
            (90_000, "yesterday"),
            (400_000, "4 days ago"),
            (40 * 86_400, "2026-10-16"),
        ] {
            assert_eq!(ago(now - past, now), text);
        }
        assert_eq!(ago(now + 5, now), "just now", "clocks differ");
    }
}
