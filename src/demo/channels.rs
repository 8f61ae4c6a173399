//! What the channels are like: what is met there, what activates it, who measures it, and the usual numbers.

/// A channel and its usual numbers.
#[derive(Debug, PartialEq)]
pub(super) struct Channel {
    /// The word of the graph.
    pub name: &'static str,
    /// As people say it.
    pub label: &'static str,
    /// The kind of experience met there.
    pub experience: &'static str,
    /// The kind of delivery that activates it.
    pub delivery: &'static str,
    /// The system that delivers.
    pub runs_in: &'static str,
    /// The system that measures.
    pub measured_by: &'static str,
    /// The formats of its placements.
    pub formats: [(&'static str, &'static str); 2],
    /// The size pictures are cut to.
    pub size: (i64, i64),
    /// Clicks for each impression.
    pub click_rate: f64,
    /// Conversions for each click.
    pub conversion_rate: f64,
    /// Impressions a day for an audience of the usual size in the usual market.
    pub impressions: f64,
    /// Hundredths of the currency for a thousand impressions.
    pub cost: f64,
    /// Whether it goes out on two days a week only.
    pub sent: bool,
}

/// Every channel the company uses.
pub(super) static CHANNELS: [Channel; 8] = [
    Channel {
        name: "WEB",
        label: "site",
        experience: "PAGE",
        delivery: "PAGE_PUBLISH",
        runs_in: "cms",
        measured_by: "analytics",
        formats: [("hero", "1920x800"), ("teaser", "800x600")],
        size: (1920, 800),
        click_rate: 0.041,
        conversion_rate: 0.031,
        impressions: 2600.0,
        cost: 0.0,
        sent: false,
    },
    Channel {
        name: "EMAIL",
        label: "email",
        experience: "EMAIL",
        delivery: "EMAIL_SEND",
        runs_in: "email",
        measured_by: "email",
        formats: [("header", "1200x500"), ("second block", "600x400")],
        size: (1200, 500),
        click_rate: 0.032,
        conversion_rate: 0.044,
        impressions: 14_000.0,
        cost: 85.0,
        sent: true,
    },
    Channel {
        name: "DISPLAY",
        label: "display",
        experience: "AD",
        delivery: "LINE_ITEM",
        runs_in: "ads",
        measured_by: "ads",
        formats: [("medium rectangle", "300x250"), ("leaderboard", "728x90")],
        size: (300, 250),
        click_rate: 0.0046,
        conversion_rate: 0.016,
        impressions: 22_000.0,
        cost: 260.0,
        sent: false,
    },
    Channel {
        name: "PAID_SOCIAL",
        label: "social",
        experience: "AD",
        delivery: "LINE_ITEM",
        runs_in: "ads",
        measured_by: "ads",
        formats: [("feed square", "1080x1080"), ("story", "1080x1920")],
        size: (1080, 1080),
        click_rate: 0.0115,
        conversion_rate: 0.021,
        impressions: 11_000.0,
        cost: 610.0,
        sent: false,
    },
    Channel {
        name: "PAID_SEARCH",
        label: "search",
        experience: "AD",
        delivery: "LINE_ITEM",
        runs_in: "ads",
        measured_by: "ads",
        formats: [("top text", "text"), ("shopping tile", "600x600")],
        size: (600, 600),
        click_rate: 0.056,
        conversion_rate: 0.047,
        impressions: 1500.0,
        cost: 3900.0,
        sent: false,
    },
    Channel {
        name: "VIDEO",
        label: "film",
        experience: "AD",
        delivery: "LINE_ITEM",
        runs_in: "ads",
        measured_by: "ads",
        formats: [("pre-roll", "1920x1080"), ("bumper", "1920x1080")],
        size: (1920, 1080),
        click_rate: 0.0062,
        conversion_rate: 0.014,
        impressions: 9000.0,
        cost: 1050.0,
        sent: false,
    },
    Channel {
        name: "APP",
        label: "app",
        experience: "SCREEN",
        delivery: "PAGE_PUBLISH",
        runs_in: "cms",
        measured_by: "analytics",
        formats: [("start card", "1080x720"), ("banner", "1080x300")],
        size: (1080, 720),
        click_rate: 0.052,
        conversion_rate: 0.051,
        impressions: 1400.0,
        cost: 0.0,
        sent: false,
    },
    Channel {
        name: "PUSH",
        label: "push",
        experience: "MESSAGE",
        delivery: "PUSH",
        runs_in: "email",
        measured_by: "email",
        formats: [("alert", "text"), ("rich alert", "1024x512")],
        size: (1024, 512),
        click_rate: 0.027,
        conversion_rate: 0.029,
        impressions: 7000.0,
        cost: 18.0,
        sent: true,
    },
];

/// The place of the site in [`CHANNELS`].
pub(super) const WEB: usize = 0;
/// The place of email.
pub(super) const EMAIL: usize = 1;
/// The place of display ads.
pub(super) const DISPLAY: usize = 2;
