//! Names of providers.

/// Providers whose keys have no form of their own. They are found by the name before the value.
#[rustfmt::skip]
pub(super) const PROVIDERS: [&str; 580] = [
    "abuseipdb", "abyssale", "accuweather", "adafruit", "adafruitio", "adobeio", "adzuna", "aeroworkflow", "airbrake",
    "airtable", "airvisual", "alegra", "aletheiaapi", "algolia", "alibaba", "alienvault", "allsports", "amplitude",
    "apacta", "api2cart", "apideck", "apiflash", "apifonica", "apilayer", "apimatic", "appcues", "appointedd",
    "appsynergy", "apptivo", "asana", "assemblyai", "atlassian", "auth0", "auth0managementapi", "autodesk",
    "autoklose", "aviationstack", "axonaut", "aylien", "ayrshare", "azure", "bannerbear", "baremetrics", "beebole",
    "besnappy", "betterstack", "billomat", "bitbar", "bitbucket", "bitcoinaverage", "bitfinex", "bitly", "bitmex",
    "bittrex", "blazemeter", "blitapp", "bombbomb", "boostnote", "borgbase", "braintreepayments", "braintrust",
    "brandfetch", "browserstack", "browshot", "bscscan", "buddyns", "bugherd", "bugsnag", "buildkite", "bulksms",
    "buttercms", "caflou", "calendarific", "calendly", "calorieninja", "campayn", "cannyio", "capsulecrm",
    "captaindata", "centralstationcrm", "chartmogul", "checio", "checklyhq", "checkvist", "circleci", "clarifai",
    "clearbit", "clickhelp", "clicksendsms", "clickup", "cliengo", "clinchpad", "clockify", "clockworksms",
    "closecrm", "cloudflare", "cloudflareapi", "cloudimage", "cloudinary", "cloudmersive", "cloudplan", "cloudsmith",
    "clustdoc", "codacy", "codeclimate", "codecov", "codemagic", "codequiry", "cohere", "coinapi", "coinbase",
    "coinlayer", "coinlib", "collect2", "commercejs", "confluent", "contentful", "conversiontools", "convertapi",
    "convertkit", "convier", "couchbase", "countrylayer", "coveralls", "craftmypdf", "crowdin", "currencycloud",
    "currencyfreaks", "currencylayer", "currencyscoop", "currentsapi", "customerguru", "customerio", "dailyco",
    "dareboost", "datadog", "datagov", "deepai", "deepgram", "deepl", "diggernaut", "discord", "disqus", "dnscheck",
    "dockerhub", "documo", "dotdigital", "dovico", "dronahq", "droneci", "dropbox", "duffel", "dynalist",
    "eagleeyenetworks", "easyinsight", "ecostruxureit", "edamam", "edenai", "eightxeight", "elasticemail",
    "elevenlabs", "enablex", "endorlabs", "etherscan", "ethplorer", "etsy", "eventbrite", "exchangerateapi",
    "exchangeratesapi", "exportsdk", "extractorapi", "facebook", "faceplusplus", "fastforex", "fastly", "fetchrss",
    "fibery", "fileio", "finage", "financialmodelingprep", "finnhub", "fixerio", "flatio", "fleetbase", "flickr",
    "flightapi", "flightlabs", "flightstats", "flowflu", "flutterwave", "formbucket", "formio", "formsite",
    "foursquare", "frameio", "freshbooks", "freshdesk", "fullstory", "fxmarket", "geckoboard", "geoapify",
    "geocodify", "geocodio", "geoipifi", "getemail", "getemails", "getgeoapi", "getgist", "getsandbox", "githubapp",
    "gitter", "glassnode", "gocanvas", "gocardless", "godaddy", "goodday", "googlegemini", "graphcms", "graphhopper",
    "groovehq", "gtmetrix", "guardianapi", "gumroad", "happyscribe", "hellosign", "helpcrunch", "helpscout",
    "hereapi", "heroku", "hiveage", "holidayapi", "honeycomb", "hubspot", "hybiscus", "hypertrack", "ibmcloud",
    "iconfinder", "iexapis", "iexcloud", "imagekit", "imagga", "instabot", "instamojo", "intercom", "interseller",
    "intra42", "intrinio", "invoiceocean", "ipinfo", "ipinfodb", "ipstack", "jenkins", "jfrog", "jira", "jotform",
    "kanbantool", "karmacrm", "keenio", "klaviyo", "klipfolio", "knapsackpro", "kraken", "kucoin", "languagelayer",
    "larksuite", "launchdarkly", "leadfeeder", "lemlist", "lemonsqueezy", "lendflow", "lessannoyingcrm", "lexigram",
    "linearapi", "linemessaging", "linkedin", "linkpreview", "liveagent", "livestorm", "loadmill", "locationiq",
    "loggly", "loginradius", "logzio", "lokalise", "looker", "loyverse", "lunchmoney", "madkudu", "magicbell",
    "mailboxlayer", "mailchimp", "mailerlite", "mailgun", "mailjet", "mailjetsms", "mailmodo", "mailsac", "mapquest",
    "mattermost", "mavenlink", "maxmind", "meaningcloud", "mediastack", "meistertask", "meraki", "mesibo",
    "messagebird", "metaapi", "metrilo", "microsoftteams", "mindmeister", "mistral", "mixpanel", "mockaroo",
    "monkeylearn", "moonclerk", "moosend", "moralis", "mrticktock", "myfreshworks", "myintervals", "nasdaqdatalink",
    "nethunt", "netlify", "netsuite", "neutrinoapi", "newrelic", "newrelicinsights", "newrelicmobile", "newsapi",
    "nftport", "nicereply", "nightfall", "noticeable", "nozbeteams", "nutritionix", "nytimes", "octopusdeploy",
    "okta", "onedesk", "onepagecrm", "onfleet", "oopspam", "openaiadmin", "opencagedata", "openuv", "openvpn",
    "openweather", "opsgenie", "optimizely", "owlbot", "packagecloud", "pagarme", "pagerduty", "pandadoc",
    "pandascore", "paperform", "paralleldots", "parsehub", "partnerstack", "paydirtapp", "paymoapp", "paymongo",
    "paypal", "pdflayer", "pdfshift", "peopledatalabs", "pepipost", "pganalyze", "photoroom", "pingdom", "pipedrive",
    "pixabay", "plaidkey", "planetscaledb", "planviewleankit", "pollsapi", "poloniex", "positionstack", "postageapp",
    "postbacks", "postmark", "prodpad", "prospectcrm", "protocolsio", "proxycrawl", "pubnub", "pubnubpublishkey",
    "purestake", "pushbullet", "pusherchannelkey", "qualaroo", "qubole", "railwayapp", "rapidapi", "reachmail",
    "reallysimplesystems", "rebrandly", "rechargepayments", "redhatpyxis", "refiner", "rentman", "repairshopr",
    "replyio", "requestfinance", "restpackhtmltopdfapi", "restpackscreenshotapi", "revampcrm", "ringcentral",
    "ritekit", "robinhood", "rocketreach", "rootly", "route4me", "runrunit", "saladcloud", "salesblink", "salesflare",
    "salesforce", "salesmate", "satismeter", "saucelabs", "scalewaykey", "scrapeowl", "scraperapi", "scraperbox",
    "scrapestack", "scrapfly", "scrapingant", "scrapingbee", "screenshotapi", "screenshotlayer", "scrutinizerci",
    "securitytrails", "segment", "selectpdf", "sendbird", "sendinblue", "sentryorg", "serphouse", "serpstack",
    "sheety", "sherpadesk", "shipday", "shodankey", "shutterstock", "signalwire", "signaturit", "signupgenius",
    "sigopt", "simfin", "simplesat", "simplynoted", "simvoly", "siteleaf", "skrappio", "skybiometry", "smartsheets",
    "smartystreets", "snipcart", "snyk", "snykkey", "solarwinds", "sonarcloud", "sourcegraphcody", "sparkpost",
    "spectralops", "speechtextai", "splunk", "spoonacular", "sportsmonk", "spotifykey", "squareapp", "squarespace",
    "sslmate", "statuscake", "statuspage", "stitchdata", "stockdata", "storecove", "stormboard", "stormglass",
    "storychief", "stripepaymentintent", "stytch", "sugester", "sumologickey", "supernotesapi", "surveyanyplace",
    "surveybot", "surveysparrow", "swiftype", "tailscale", "tallyfy", "tatumio", "taxjar", "teamgate", "teamworkcrm",
    "teamworkdesk", "teamworkspaces", "technicalanalysisapi", "tefter", "telegrambot", "telnyx", "testingbot",
    "textmagic", "theoddsapi", "thinkific", "thousandeyes", "ticketmaster", "tickettailor", "tiingo", "timecamp",
    "timezoneapi", "todoist", "toggltrack", "tokeet", "tomorrowio", "tomtom", "tradier", "travelpayouts", "trello",
    "trufflehogenterprise", "twelvedata", "twilio", "twitch", "twitterconsumerkey", "typeform", "typetalk", "ubidots",
    "unifyid", "unplugg", "unsplash", "upcdatabase", "uplead", "uptimerobot", "upwave", "urlscan", "userstack",
    "vagrantcloud", "vatlayer", "verimail", "veriphone", "versioneye", "virustotal", "visualcrossing", "voiceflow",
    "voicegain", "voodoosms", "vpnapi", "walkscore", "weatherbit", "weatherstack", "webexbot", "webscraper",
    "webscraping", "websitepulse", "weightsandbiases", "wistia", "worksnaps", "workstack", "worldcoinindex",
    "worldweather", "yousign", "zapier", "zendesk", "zendeskapi", "zenkitapi", "zenrows", "zenscrape", "zenserp",
    "zerobounce", "zerotier", "zipapi", "zipbooks", "zipcodeapi", "zipcodebase", "zohocrm", "zonkafeedback",
    "zulipchat",
];

const LEN: usize = {
    let mut len = 0;
    let mut at = 0;
    while at < PROVIDERS.len() {
        len += PROVIDERS[at].len();
        at += 1;
    }
    len
};

/// The names one behind the other. Pointers to each would take three times the bytes of the names.
static TEXT: [u8; LEN] = PACKED.0;
/// The start and end of each name in [`TEXT`].
static RANGES: [(u16, u16); PROVIDERS.len()] = PACKED.1;

#[expect(
    clippy::cast_possible_truncation,
    reason = "the names have fewer than 65,536 bytes"
)]
const PACKED: ([u8; LEN], [(u16, u16); PROVIDERS.len()]) = {
    let mut text = [0; LEN];
    let mut ranges = [(0, 0); PROVIDERS.len()];
    let mut end = 0;
    let mut at = 0;
    while at < PROVIDERS.len() {
        let (start, name) = (end, PROVIDERS[at].as_bytes());
        while end < start + name.len() {
            text[end] = name[end - start];
            end += 1;
        }
        ranges[at] = (start as u16, end as u16);
        at += 1;
    }
    (text, ranges)
};

/// Returns whether a word is the name of a provider.
pub(super) fn contains(word: &[u8]) -> bool {
    RANGES
        .binary_search_by(|(start, end)| TEXT[usize::from(*start)..usize::from(*end)].cmp(word))
        .is_ok()
}
