//! Every closed list of words in the schema. Each becomes an enum of the graph and is checked on import.

use super::choice::{Choice, choice};

pub(super) const ASSET_KIND: Choice = choice(
    "AssetKind",
    "What sort of creative an asset is.",
    &[
        ("IMAGE", "A still picture."),
        ("VIDEO", "A moving picture."),
        ("AUDIO", "Sound."),
        ("ANIMATION", "A drawn or rendered moving picture."),
        ("DOCUMENT", "A document to read."),
        ("MODEL", "A three-dimensional model."),
        ("OTHER", "Anything else."),
    ],
);

pub(super) const CONTENT_STATUS: Choice = choice(
    "ContentStatus",
    "How far content is on its way to being usable.",
    &[
        ("DRAFT", "Being made."),
        ("IN_REVIEW", "Made, and waiting for approval."),
        ("APPROVED", "Approved for use."),
        ("ARCHIVED", "No longer to be used."),
    ],
);

pub(super) const DIGITAL_SOURCE_TYPE: Choice = choice(
    "DigitalSourceType",
    "How an asset came about (IPTC digital source type).",
    &[
        ("DIGITAL_CAPTURE", "Taken by a camera or recorder from life."),
        ("COMPUTATIONAL_CAPTURE", "Several captures computed into one from life."),
        ("NEGATIVE_FILM", "Digitised from a negative."),
        ("POSITIVE_FILM", "Digitised from a positive."),
        ("PRINT", "Digitised from a print."),
        ("HUMAN_EDITS", "Taken from life and edited by a person without a model."),
        ("COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA", "Composed with parts made by a trained model."),
        ("ALGORITHMICALLY_ENHANCED", "Enhanced by a program without changing what it shows."),
        ("DIGITAL_CREATION", "Made by a person with digital tools."),
        ("DATA_DRIVEN_MEDIA", "Drawn from data by a program."),
        ("TRAINED_ALGORITHMIC_MEDIA", "Made by a trained model."),
        ("ALGORITHMIC_MEDIA", "Made by a program that was not trained."),
        ("SCREEN_CAPTURE", "A capture of a screen."),
        ("VIRTUAL_RECORDING", "A recording of a virtual event."),
        ("COMPOSITE", "Composed of several sources."),
        ("COMPOSITE_CAPTURE", "Composed of several captures from life."),
        ("COMPOSITE_SYNTHETIC", "Composed with synthetic parts."),
    ],
);

/// Where a customer meets content.
pub const CHANNEL: Choice = choice(
    "Channel",
    "Where a customer meets content.",
    &[
        ("WEB", "A web site."),
        ("EMAIL", "Email."),
        ("PAID_SOCIAL", "Paid posts in social networks."),
        ("PAID_SEARCH", "Paid results in search engines."),
        ("DISPLAY", "Banners and other display ads."),
        ("VIDEO", "Video ads."),
        ("APP", "An app."),
        ("PUSH", "Push messages."),
        ("SMS", "Text messages."),
        ("IN_STORE", "Screens and signs in a store."),
        ("PRINT", "Print."),
        ("OTHER", "Anything else."),
    ],
);

pub(super) const COMPONENT_KIND: Choice = choice(
    "ComponentKind",
    "What part a component plays.",
    &[
        ("HEADLINE", "A headline."),
        ("BODY", "Running copy."),
        ("IMAGE", "A picture."),
        ("VIDEO", "A film."),
        ("CALL_TO_ACTION", "What asks the reader to do something."),
        ("OFFER", "An offer, with a beginning and an end."),
        ("DISCLAIMER", "Small print."),
        ("OTHER", "Anything else."),
    ],
);

pub(super) const SLOT_KIND: Choice = choice(
    "SlotKind",
    "Whether the content of a slot is chosen when it is shown.",
    &[("FIXED", "The same for everybody."), ("VARIABLE", "Chosen when it is shown.")],
);

pub(super) const EXPERIENCE_KIND: Choice = choice(
    "ExperienceKind",
    "What sort of thing a customer meets.",
    &[
        ("PAGE", "A page of a web site."),
        ("EMAIL", "An email."),
        ("AD", "An ad."),
        ("SCREEN", "A screen of an app or in a store."),
        ("MESSAGE", "A push or text message."),
        ("OTHER", "Anything else."),
    ],
);

pub(super) const USAGE_STATUS: Choice = choice(
    "UsageStatus",
    "Whether a usage is running.",
    &[("ACTIVE", "Running within its times."), ("PAUSED", "Stopped for now."), ("ENDED", "Over.")],
);

pub(super) const METADATA_VALUE_TYPE: Choice = choice(
    "MetadataValueType",
    "The type of a governed field's values.",
    &[
        ("STRING", "Text."),
        ("INTEGER", "A whole number."),
        ("DECIMAL", "A number."),
        ("BOOLEAN", "Yes or no."),
        ("DATE", "A day."),
        ("DATE_TIME", "A moment."),
        ("CONCEPT", "A term of a taxonomy."),
        ("URL", "An address."),
    ],
);

pub(super) const RIGHTS_KIND: Choice = choice(
    "RightsKind",
    "Whether a policy allows or forbids.",
    &[
        ("PERMISSION", "It allows what its constraints describe."),
        ("PROHIBITION", "It forbids what its constraints describe."),
    ],
);

pub(super) const LEFT_OPERAND: Choice = choice(
    "LeftOperand",
    "What a rights constraint compares (ODRL left operand).",
    &[
        ("DATE_TIME", "The moment of use."),
        ("SPATIAL", "The territory of use."),
        ("DELIVERY_CHANNEL", "The channel of use."),
        ("COUNT", "How many usages there have been."),
        ("RECIPIENT", "The audience it is shown to."),
    ],
);

pub(super) const RIGHTS_OPERATOR: Choice = choice(
    "RightsOperator",
    "How a rights constraint compares (ODRL operator).",
    &[
        ("EQ", "Is equal to."),
        ("NEQ", "Is not equal to."),
        ("LT", "Is less than, or before."),
        ("LTEQ", "Is at most, or not after."),
        ("GT", "Is greater than, or after."),
        ("GTEQ", "Is at least, or not before."),
        ("IS_ANY_OF", "Is one of."),
        ("IS_NONE_OF", "Is none of."),
    ],
);

pub(super) const SEVERITY: Choice = choice(
    "Severity",
    "How bad it is.",
    &[
        ("LOW", "Worth knowing."),
        ("MEDIUM", "To be mended."),
        ("HIGH", "To be mended now."),
        ("CRITICAL", "Must not be live."),
    ],
);

pub(super) const AUDIENCE_STATUS: Choice = choice(
    "AudienceStatus",
    "Whether a segment can be used.",
    &[
        ("DRAFT", "Being defined."),
        ("ACTIVE", "In use."),
        ("PAUSED", "Not in use for now."),
        ("ARCHIVED", "No longer to be used."),
    ],
);

pub(super) const CONSENT_BASIS: Choice = choice(
    "ConsentBasis",
    "The legal ground for addressing people (GDPR, article 6).",
    &[
        ("CONSENT", "They said yes."),
        ("CONTRACT", "A contract with them needs it."),
        ("LEGAL_OBLIGATION", "The law demands it."),
        ("VITAL_INTERESTS", "A life depends on it."),
        ("PUBLIC_TASK", "A public task needs it."),
        ("LEGITIMATE_INTERESTS", "A legitimate interest outweighs theirs."),
    ],
);

pub(super) const CAMPAIGN_KIND: Choice = choice(
    "CampaignKind",
    "What sort of campaign it is.",
    &[
        ("BRAND", "To be known."),
        ("ACQUISITION", "To win customers."),
        ("RETENTION", "To keep customers."),
        ("PROMOTION", "To sell for a while under special terms."),
        ("LAUNCH", "To bring out something new."),
        ("SERVICE", "To tell customers what they need to know."),
        ("OTHER", "Anything else."),
    ],
);

pub(super) const CAMPAIGN_STATUS: Choice = choice(
    "CampaignStatus",
    "Where a campaign stands.",
    &[
        ("PLANNED", "Not begun."),
        ("ACTIVE", "Running."),
        ("PAUSED", "Stopped for now."),
        ("ENDED", "Over."),
        ("CANCELLED", "Called off."),
    ],
);

pub(super) const JOURNEY_STATUS: Choice = choice(
    "JourneyStatus",
    "Whether a journey runs.",
    &[("DRAFT", "Being built."), ("ACTIVE", "Running."), ("PAUSED", "Stopped for now."), ("ENDED", "Over.")],
);

pub(super) const DECISION_KIND: Choice = choice(
    "DecisionKind",
    "How a decision picks content.",
    &[
        ("RULE", "By rules, the first that applies."),
        ("EXPERIMENT", "By chance, to learn."),
        ("RANKED", "By a ranking."),
    ],
);

pub(super) const DECISION_STATUS: Choice = choice(
    "DecisionStatus",
    "Whether a decision is in force.",
    &[
        ("DRAFT", "Being built."),
        ("ACTIVE", "In force within its times."),
        ("PAUSED", "Stopped for now."),
        ("ENDED", "Over."),
    ],
);

pub(super) const DELIVERY_KIND: Choice = choice(
    "DeliveryKind",
    "What sort of activation a delivery is.",
    &[
        ("LINE_ITEM", "A line item of an ad server."),
        ("EMAIL_SEND", "An email send."),
        ("PAGE_PUBLISH", "A page that was published."),
        ("PUSH", "A push send."),
    ],
);

pub(super) const DELIVERY_STATUS: Choice = choice(
    "DeliveryStatus",
    "Whether a delivery runs.",
    &[
        ("ACTIVE", "Running within its times."),
        ("PAUSED", "Stopped for now."),
        ("ENDED", "Over."),
        ("CANCELLED", "Called off."),
    ],
);

pub(super) const WORK_ITEM_STATUS: Choice = choice(
    "WorkItemStatus",
    "Where a piece of work stands.",
    &[
        ("OPEN", "Not begun."),
        ("IN_PROGRESS", "Being done."),
        ("BLOCKED", "Waiting for something."),
        ("DONE", "Done."),
        ("CANCELLED", "Called off."),
    ],
);

pub(super) const HANDOFF_OUTCOME: Choice = choice(
    "HandoffOutcome",
    "How work left a team.",
    &[
        ("ACCEPTED", "It was taken on and done."),
        ("RETURNED", "It was sent back to be done again."),
        ("REJECTED", "It was refused."),
    ],
);

pub(super) const INCIDENT_KIND: Choice = choice(
    "IncidentKind",
    "What sort of trouble an incident is.",
    &[
        ("WRONG_CONTENT", "Something was shown that should not have been."),
        ("EXPIRED_CONTENT", "Something was shown after its rights or its offer ended."),
        ("BROKEN_LINK", "Something led nowhere."),
        ("TARGETING_ERROR", "It was shown to the wrong people."),
        ("DATA_DELAY", "Data came late or not at all."),
        ("OUTAGE", "A system was down."),
        ("COMPLIANCE", "A law or a rule was broken."),
        ("OTHER", "Anything else."),
    ],
);

pub(super) const SOURCE_KIND: Choice = choice(
    "SourceKind",
    "What sort of system a source is.",
    &[
        ("DAM", "Digital asset management."),
        ("CMS", "Content management."),
        ("CDP", "A customer data platform."),
        ("DECISIONING", "A decision engine."),
        ("ADS", "An ad server or ad platform."),
        ("EMAIL", "An email platform."),
        ("ANALYTICS", "Analytics."),
        ("WORK", "A project or review tool."),
        ("OTHER", "Anything else, files among them."),
    ],
);

pub(super) const MATCH_METHOD: Choice = choice(
    "MatchMethod",
    "How Weft knows that an entity here is the one a source means.",
    &[
        ("EXACT_KEY", "The source used this very key."),
        ("CHECKSUM", "The files are the same to the bit."),
        ("CURATED", "Somebody decided so."),
    ],
);

/// Every closed list of words.
pub const ALL: &[&Choice] = &[
    &ASSET_KIND,
    &CONTENT_STATUS,
    &DIGITAL_SOURCE_TYPE,
    &CHANNEL,
    &COMPONENT_KIND,
    &SLOT_KIND,
    &EXPERIENCE_KIND,
    &USAGE_STATUS,
    &METADATA_VALUE_TYPE,
    &RIGHTS_KIND,
    &LEFT_OPERAND,
    &RIGHTS_OPERATOR,
    &SEVERITY,
    &AUDIENCE_STATUS,
    &CONSENT_BASIS,
    &CAMPAIGN_KIND,
    &CAMPAIGN_STATUS,
    &JOURNEY_STATUS,
    &DECISION_KIND,
    &DECISION_STATUS,
    &DELIVERY_KIND,
    &DELIVERY_STATUS,
    &WORK_ITEM_STATUS,
    &HANDOFF_OUTCOME,
    &INCIDENT_KIND,
    &SOURCE_KIND,
    &MATCH_METHOD,
];
