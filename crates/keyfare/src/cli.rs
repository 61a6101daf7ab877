//! The words of the command line: what may be typed, what it means, with examples.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use crate::command::{
    devices::{DeviceCommand, Devices},
    import::Import,
    player::PlayerArgs,
    players::{GiveBack, Lend, PlayersArgs},
    press::PressCommand,
};

/// Sells sealed content that anyone may copy: what is sold is the key.
#[derive(Debug, Parser)]
#[command(
    name = "keyfare",
    version,
    about = "Content is free to copy. Keys carry their fare.",
    after_help = "Start here:\n  keyfare up                      a whole marketplace on this machine\n  keyfare tour sale               the whole sale, told step by step, with everybody's books\n  keyfare help COMMAND            every command has examples"
)]
pub struct Cli {
    /// Where everything is kept [default: $KEYFARE_DIR, or keyfare in your data directory]
    #[arg(long, global = true, value_name = "DIR", env = "KEYFARE_DIR")]
    pub dir: Option<PathBuf>,
    /// Print JSON, one document, for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Everything the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a whole marketplace on this machine
    ///
    /// Registry, bank, money issuer, shop with demo works, collector, and a wallet with a funded card, each with its own
    /// keys, database and address, in one process. Continues where it was on the next start; Ctrl-C stops without loss.
    #[command(
        after_help = "Examples:\n  keyfare up\n  keyfare up --fresh            start over (asks first)\n  keyfare up --port-base 9400   other addresses"
    )]
    Up(Up),
    /// Run one party, or several, with their own keys and database
    #[command(
        after_help = "Examples:\n  keyfare serve shop --dir /srv/shop --listen 127.0.0.1:7404\n\nThe directory holds the party's keys and realm file, as `keyfare up` lays them out."
    )]
    Serve(Serve),
    /// Run the wallet: the card in its own process, with its own pages
    #[command(
        after_help = "Examples:\n  keyfare wallet\n  keyfare wallet --listen 127.0.0.1:7411\n  keyfare wallet --realm https://shop.example#REALM    as the shop's help page prints it"
    )]
    Wallet(WalletArgs),
    /// Put a file on sale: seal it, sign its terms, bring it to the shop
    #[command(
        after_help = "Examples:\n  keyfare publish song.flac --title \"Night Ferry\" --price 300\n  keyfare publish book.txt --price 500 --copy-fare 100 --generations 3\n  keyfare publish film.mp4 --price 900 --plays 3 --unique"
    )]
    Publish(Publish),
    /// Make, show and fill the card
    #[command(subcommand)]
    Card(CardCommand),
    /// Buy a license
    #[command(
        after_help = "Examples:\n  keyfare buy \"Night Ferry\"\n  echo 2468 | keyfare buy 1001 --at-most 300 --pin-stdin --json\n  keyfare buy 1001 --medium /media/disc    with a disc you have, in place of money"
    )]
    Buy(Buy),
    /// The telephone bill: what a carrier pays for you, and what it did not pay
    ///
    /// Without a word after it, shows what waits and who pays. Requests travel by themselves when you are online; without a
    /// network somebody else carries them as files.
    #[command(
        after_help = "Examples:\n  keyfare buy \"Night Ferry\" --bill          the carrier pays, and bills you with your telephone\n  keyfare bill                             what waits for the carrier's answer\n  keyfare bill pay \"Night Ferry\"           from your purse, what the carrier did not pay\n  keyfare bill out /media/stick            requests as files; keyfare bill carry takes them there\n  keyfare bill usage calls.csv --source switch-1    the carrier's people: usage, each record once\n  keyfare bill month 2026-11               the carrier's people: bill a month"
    )]
    Bill {
        #[command(subcommand)]
        command: Option<BillCommand>,
    },
    /// Coupons, vouchers and points: make codes (the shop's operator), take one onto the card, list them
    #[command(
        subcommand,
        after_help = "Examples:\n  keyfare value make coupon --worth 300 --count 20 --label Spring --days 30 --sheet spring.html\n  keyfare value make coupon --percent 25 --offer 1001 --count 5 --label \"A quarter off\" --sheet quarter.html\n  keyfare value out                    what of them is promised still\n  keyfare value take 0123-4567-89AB-CDEF\n  keyfare value list"
    )]
    Value(ValueCommand),
    /// List what is on the card, what of it plays, and what there is a later version of
    #[command(after_help = "Examples:\n  keyfare library\n  keyfare library --json")]
    Library,
    /// Hand a license back for a refund, by the publisher's rule
    #[command(after_help = "Examples:\n  keyfare refund \"Night Ferry\"")]
    Refund(Refund),
    /// Copy a license to a friend's card: he pays its fare, you keep yours
    ///
    /// No shop and no network is needed. By file or code three letters cross: offer, answer, key; in another window or
    /// nearby they pass by themselves.
    #[command(
        after_help = "Examples:\n  keyfare copy \"Night Ferry\" --file /media/stick      writes \"Night Ferry.offer\" there\n  keyfare open \"/media/stick/Night Ferry.answer\"      when your friend has answered\n  keyfare copy \"Night Ferry\" --nearby \"quiet cup\"    to a wallet on this network that wants to be found\n  keyfare copy \"Night Ferry\" --wallet http://127.0.0.1:7412\n  keyfare copy \"Night Ferry\" --qr\n  keyfare copy \"Night Ferry\" --locked --file /media/stick    free, for the friend whose wish lies there"
    )]
    Copy(CopyOn),
    /// Give a license away to a friend's card: afterwards you can't play it
    #[command(
        after_help = "Examples:\n  keyfare move \"Night Ferry\" --file /media/stick\n  echo 2468 | keyfare move \"Night Ferry\" --file /media/stick --pin-stdin --json"
    )]
    Move(HandOn),
    /// Receive a license from a friend's card: shows its fare, asks for the PIN, writes the answer
    #[command(
        after_help = "Examples:\n  keyfare receive \"/media/stick/Night Ferry.offer\"\n  keyfare receive --nearby                    be found on this network, and wait for an offer\n  keyfare receive                             an offer that came to the wallet that runs\n  keyfare receive --wish /media/stick         ask a friend for a locked copy"
    )]
    Receive(Receive),
    /// Lend plays of a license to a player: they are off the card until they come back
    #[command(
        after_help = "Examples:\n  keyfare lend \"Night Ferry\" --to \"Living room\" --plays 2\n  keyfare lend \"Night Ferry\" --to Kitchen --file /media/stick     by letters; open each with `keyfare open`"
    )]
    Lend(Lend),
    /// Have back from a player what was not played
    #[command(
        after_help = "Examples:\n  keyfare return --from \"Living room\"\n  keyfare return \"Night Ferry\" --from \"Living room\""
    )]
    Return(GiveBack),
    /// Players of this wallet: pair, let in, no longer let in, give up
    #[command(
        after_help = "Examples:\n  keyfare players\n  keyfare players pair --at 127.0.0.1:7421 --name Aiko\n  keyfare players pair --file Pairing.pair\n  keyfare players deny Kitchen"
    )]
    Players(PlayersArgs),
    /// A player: a device that plays what wallets lend it, with or without a network
    Player(PlayerArgs),
    /// Send the fares this card carries home to their publishers, now
    #[command(
        after_help = "Examples:\n  keyfare collect\n  keyfare collect --json\n\nA wallet that runs does so by itself whenever it is online."
    )]
    Collect,
    /// Open a file from a friend: says what it is and does the next thing
    ///
    /// A package, an offer, an answer, a key, or a picture of a code.
    #[command(
        after_help = "Examples:\n  keyfare open \"Night Ferry.keyfare\"        what it is, and how to get its key\n  keyfare open \"Night Ferry.offer\"          shows the fare, asks for the PIN, writes \"Night Ferry.answer\"\n  keyfare open \"Night Ferry.answer\"         decides, writes \"Night Ferry.key\"\n  keyfare open \"Night Ferry.key\"            the license is yours"
    )]
    Open(Open),
    /// Have a locked copy unlocked by its publisher's support centre, for its fee
    #[command(
        after_help = "Examples:\n  keyfare unlock \"Night Ferry\"\n  echo 2468 | keyfare unlock \"Night Ferry\" --unlock-first --pin-stdin --json\n  keyfare unlock \"Night Ferry\" --cash            pay the amount at the centre's counter, naming the order"
    )]
    Unlock(Unlock),
    /// Press batches of media, cards, players and drives, with labels and the file that makes them known
    #[command(subcommand)]
    Press(PressCommand),
    /// Copy a medium to your drive: its key once, for your card, player and drive
    ///
    /// Goes on where it was interrupted, without a network if the key is here.
    #[command(
        after_help = "Examples:\n  keyfare import /media/disc --at-most 300\n  keyfare import medium-00001.iso --drive /media/disk\n  keyfare import night-ferry.keyfare --batch SZ7XN-5HHYF-AMVTR-JTDIJ-3D33S-U    given away over the network"
    )]
    Import(Import),
    /// Your card, player and drive for copies of media: sign in, register, show, replace, erase
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Play a package, a copy of a medium, or a work by its title
    #[command(
        after_help = "Examples:\n  keyfare play \"Night Ferry\"                 prints the address to open\n  keyfare play /media/disk/copies/COPY.keyfare --pipe | mpv -   a copy, with your card, without a network\n  keyfare play night-ferry.keyfare --pipe | mpv -   streams it to a player"
    )]
    Play(Play),
    /// Ask the publisher's support desk for help: what the player noted, and what went wrong
    #[command(subcommand)]
    Support(SupportCommand),
    /// Publishers' console of the shop here: invite the first person
    #[command(subcommand)]
    Console(ConsoleCommand),
    /// Look into a stranger's file behind a fence: what `publish` starts for itself
    #[command(hide = true)]
    ReadUpload(ReadUpload),
    /// Read a part of a book or a paper behind a fence: what the player starts for itself
    #[command(hide = true)]
    ReadWork,
    /// Become a converter behind a fence: what the player starts for itself
    #[command(hide = true)]
    ConvertWork(ConvertWork),
    /// Say what a sealed file is, whose, and where its key is sold; no key needed
    #[command(after_help = "Examples:\n  keyfare inspect night-ferry.keyfare")]
    Inspect(Inspect),
    /// Tell a story step by step, with everybody's books after each step
    #[command(
        after_help = "Examples:\n  keyfare tour sale\n  keyfare tour sale --price 600 --purse 500    a refusal that changes nothing\n  keyfare tour external-device --json\n  keyfare tour superdistribution --users 8 --fare 100 --route chain --collect online\n  keyfare tour locked-copy --users 4 --fare 50 --order unlock-pay\n  keyfare tour copy-management --share 250 --ids player\n  keyfare tour copy-management --live           with separate processes, and the commands of people\n  keyfare tour sale --live                     over HTTP against separate processes"
    )]
    Tour(Tour),
    /// Recompute every book from its events alone, and say what does not add up
    #[command(after_help = "Examples:\n  keyfare audit\n  keyfare audit --json")]
    Audit,
    /// Copy the databases of the parties, consistently, while they run
    #[command(after_help = "Examples:\n  keyfare backup /media/stick/2026-11-20")]
    Backup(Backup),
    /// Put a backup back; the parties will know that they were restored
    #[command(after_help = "Examples:\n  keyfare restore /media/stick/2026-11-20")]
    Restore(Restore),
    /// Let a restored party serve again, once people have compared its books with its counterparts'
    ///
    /// A shop finds out by itself what it forgot. Bank, issuer and collector do not: a program that guessed there would
    /// make money from nothing. Compare the issuer's books with its bank's statement first; the party must not be running.
    #[command(after_help = "Examples:\n  keyfare accept bank issuer")]
    Accept(Accept),
    /// Smart-card readers: which there are, which card holds a work, and hand a license from one to another
    ///
    /// Between two readers this program is a terminal: it shows what each card says, asks both holders, and carries. Both
    /// agree with their PINs; the fare is set aside on the receiver's card for the publisher.
    #[command(
        after_help = "Examples:\n  keyfare readers\n  keyfare readers find night-ferry.keyfare\n  keyfare readers copy \"Reader A\" \"Reader B\" night-ferry.keyfare\n  keyfare readers finish \"Reader A\" \"Reader B\"    after a card was pulled"
    )]
    Readers {
        /// What to do; nothing: show them
        #[command(subcommand)]
        command: Option<ReadersCommand>,
    },
    /// Look for what would keep this machine from running Keyfare
    Doctor,
    /// Print completions for a shell
    #[command(after_help = "Examples:\n  keyfare completions bash > /etc/bash_completion.d/keyfare")]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Options of `up`.
#[derive(Debug, Args)]
pub struct Up {
    /// Delete everything and start over; asks first
    #[arg(long)]
    pub fresh: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// First of the ports the parties listen on
    #[arg(long, default_value_t = 7400, value_name = "PORT")]
    pub port_base: u16,
    /// Money on the first card
    #[arg(long, default_value_t = 3000, value_name = "AMOUNT")]
    pub purse: i64,
    /// How long transfer certificates live, in seconds: also how long a restored card waits for its way back
    #[arg(long, value_name = "SECONDS")]
    pub certificate_life: Option<u64>,
    /// A second shop, which sells the same works and settles approvals by itself
    #[arg(long)]
    pub second_shop: bool,
    /// Leave after everything is up (for scripts)
    #[arg(long, hide = true)]
    pub check: bool,
}

/// A server-side party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Who is who, and where
    Registry,
    /// Accounts and transfers
    Bank,
    /// Electronic money
    Issuer,
    /// Sells
    Shop,
    /// Takes escrow home
    Collector,
    /// Helps holders
    Support,
    /// A cash machine: takes fares before and after banking
    Atm,
    /// A shop's counter: takes fares for a rebate
    Counter,
    /// A kiosk in a station or street, with screens: takes orders for its centre, and fares
    Kiosk,
    /// Permits purchases of people it knows
    Approver,
    /// Says to the approver whether a person pays
    Bureau,
    /// Settles for shops what was approved
    Settlement,
    /// Pays for its subscribers, and bills them with their telephone
    Carrier,
    /// Says of enterprises whether they are trusted
    TrustRegistry,
    /// Keeps sealed works, and gives them to whoever asks
    Content,
    /// Sells keys of works that lie at the content server
    Licenses,
    /// Manages copies from media: a console for its people, and a private link for gateways
    Copying,
    /// Stands between players and copy management: accounts, questions, charges
    Gateway,
    /// A deposit machine: cash becomes money on a card
    Deposit,
    /// A vending machine: goods once for each payment
    Vending,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Which parties
    #[arg(required = true, value_enum)]
    pub roles: Vec<RoleArg>,
    /// Address to listen on, for one role; several take their own from the directory
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<std::net::SocketAddr>,
    /// TLS ends in front of this program: allows addresses other than loopback without a certificate
    #[arg(long)]
    pub behind_proxy: bool,
    /// Refuse a realm named dev
    #[arg(long)]
    pub production: bool,
    /// Let wallets on this machine's own local network find the shop and buy there without the internet
    #[arg(long)]
    pub near: bool,
}

/// Options of `wallet`.
#[derive(Debug, Args)]
pub struct WalletArgs {
    /// Loopback address of its pages
    #[arg(long, default_value = "127.0.0.1:7411", value_name = "ADDR")]
    pub listen: std::net::SocketAddr,
    /// Take part in the realm of the shop at this address: once, for a wallet that has none
    ///
    /// What follows the # is the realm's fingerprint: no other is taken. A wallet that has a realm keeps it.
    #[arg(long, value_name = "ADDRESS#REALM")]
    pub realm: Option<String>,
    /// Put the card into this virtual smart-card reader as well: the path of its socket, or an address
    #[arg(long, value_name = "READER")]
    pub reader: Option<String>,
    /// The most that a PIN typed at a terminal may spend
    #[arg(long, value_name = "AMOUNT", default_value_t = PIN_AT_TERMINAL)]
    pub pin_at_terminal: i64,
    /// Let this TPM keep the key of a card that is made here: auto, off, or the path of a device or an emulator's socket.
    ///
    /// Its card opens on this machine alone, and yesterday's copy of it is noticed. In the realm dev, where cards come and
    /// go, auto is off.
    #[arg(long, value_name = "TPM", default_value = "auto")]
    pub tpm: wallet::home::UseTpm,
    /// The player that licenses from media are bound to [default: devices/player of this installation]
    #[arg(long, value_name = "DIR")]
    pub player: Option<PathBuf>,
    /// And the drive [default: devices/drive]
    #[arg(long, value_name = "DIR")]
    pub drive: Option<PathBuf>,
    /// How often players ask for what is lent and plays only while this wallet answers: seconds, 60 at the most
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub ask_every: u64,
    /// Show every page in every state, with made-up figures, at /stories
    #[arg(long, hide = true)]
    pub stories: bool,
}

/// What a PIN typed at a terminal may spend unless its holder says otherwise, in minor units.
const PIN_AT_TERMINAL: i64 = 1000;

/// Options of `publish`.
#[derive(Debug, Args)]
pub struct Publish {
    /// Any file
    pub file: PathBuf,
    /// Its title [default: the file's name]
    #[arg(long)]
    pub title: Option<String>,
    /// The second line of its title, in catalogues
    #[arg(long)]
    pub subtitle: Option<String>,
    /// Who performs it; several times for several
    #[arg(long, value_name = "NAME")]
    pub performer: Vec<String>,
    /// Who made it
    #[arg(long, value_name = "NAME")]
    pub creator: Option<String>,
    /// What is said of it in catalogues, in a sentence or two
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// What its cover shows, for those who do not see it
    #[arg(long, value_name = "TEXT")]
    pub cover_text: Option<String>,
    /// Its offer's number, such as 2000000001 for the first offer of enterprise 2000 [default: one of no enterprise, drawn]
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<u64>,
    /// Its price, tax included
    #[arg(long, value_name = "AMOUNT")]
    pub price: i64,
    /// Tax contained in the price, in percent of the net price
    #[arg(long, default_value_t = 10, value_name = "PERCENT")]
    pub tax: u16,
    /// How many plays a license has [default: any number]
    #[arg(long)]
    pub plays: Option<u32>,
    /// How many days from the first play [default: for ever]
    #[arg(long, value_name = "DAYS")]
    pub period: Option<u64>,
    /// How much of the work: 10, 80 or 100 percent
    #[arg(long, default_value_t = 100, value_name = "PERCENT")]
    pub share: u8,
    /// What a friend pays for a copy [default: may not be copied]
    #[arg(long, value_name = "AMOUNT")]
    pub copy_fare: Option<i64>,
    /// How deep copies of copies may go
    #[arg(long, default_value_t = 3)]
    pub generations: u8,
    /// Let locked copies be handed on free; this is what the publisher's support centre unlocks them for
    #[arg(long, value_name = "AMOUNT")]
    pub unlock_fee: Option<i64>,
    /// How much of a locked copy plays at once: 0, 10 or 80 percent
    #[arg(long, default_value_t = 10, value_name = "PERCENT")]
    pub arrives: u8,
    /// Sell no more than this many
    #[arg(long)]
    pub edition: Option<u32>,
    /// Days within which it may be handed back
    #[arg(long, default_value_t = 14, value_name = "DAYS")]
    pub refund_days: u16,
    /// A package of its own for every sale, under its own key
    #[arg(long)]
    pub unique: bool,
    /// Preview to use instead of one made from the file
    #[arg(long, value_name = "FILE")]
    pub preview: Option<PathBuf>,
    /// May be paid with media that you press for it, too: keyfare press media --offer
    #[arg(long)]
    pub media: bool,
    /// May be paid first and got later, once, with the receipt: keyfare buy --receipt-first
    #[arg(long)]
    pub receipts: bool,
    /// An HTML page that is played: its own scripts run, in a room without doors
    #[arg(long)]
    pub game: bool,
    /// Make a small rendition of a film or a song as well: the same licenses open it
    #[arg(long)]
    pub small: bool,
    /// Whoever has a license of this work of yours opens the new one too; may be given again for others
    #[arg(long, value_name = "OFFER")]
    pub set: Vec<u64>,
}

/// What to do with the card.
#[derive(Debug, Subcommand)]
pub enum CardCommand {
    /// Make a card: choose a PIN, get a recovery code
    #[command(after_help = "Examples:\n  keyfare card new")]
    New {
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Money, licenses, what is on its way
    #[command(after_help = "Examples:\n  keyfare card show\n  keyfare card show --json")]
    Show,
    /// Load money from your bank account
    #[command(
        after_help = "Examples:\n  keyfare card load 1000\n  keyfare card load 2000 --online \"Harbour Bank\" --name aiko\n  keyfare card load 2000 --online \"Seto Mobile\" --name +819000004417    on the telephone bill"
    )]
    Load {
        /// How much
        amount: i64,
        /// Ask this deposit centre: a bank takes it from your account there, a carrier puts it on your bill
        #[arg(long, value_name = "CENTRE", requires = "name")]
        online: Option<String>,
        /// Your name there: at a carrier, your telephone number
        #[arg(long, requires = "online")]
        name: Option<String>,
        /// Read your password there from standard input instead of asking for it
        #[arg(long, requires = "online")]
        password_stdin: bool,
    },
    /// Pay money back into your bank account
    #[command(after_help = "Examples:\n  keyfare card redeem 500")]
    Redeem {
        /// How much
        amount: i64,
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Everything that moved
    History,
    /// Meet the issuer: settle what is open, get new certificates
    Sync,
    /// Put the card into a virtual smart-card reader, where any PC/SC program sees it, until Ctrl-C
    #[command(
        after_help = "Examples:\n  keyfare card insert /run/keyfare/a.sock\n  keyfare card insert 127.0.0.1:35963          a reader of the vsmartcard project\n  keyfare card insert /run/keyfare/a.sock --pin-at-terminal 0   nothing is paid but what is agreed to here"
    )]
    Insert {
        /// The reader: the path of its socket, or an address
        reader: String,
        /// The most that a PIN typed at a terminal may spend; more is agreed to here
        #[arg(long, value_name = "AMOUNT", default_value_t = PIN_AT_TERMINAL)]
        pin_at_terminal: i64,
    },
    /// Take the place of a card that is lost or broken, with the recovery code on its paper
    #[command(
        after_help = "Examples:\n  keyfare card recover abcd-efgh-ijkl-mnop-qrst\n  keyfare card recover abcd-efgh-ijkl-mnop-qrst --copy stick/card.copy\n\nThe lost card is stopped at once. Licenses come back first; the money follows after the stated wait."
    )]
    Recover {
        /// The code shown when the lost card was made
        code: String,
        /// A recovery copy in a file, in place of the one the issuer keeps
        #[arg(long, value_name = "FILE")]
        copy: Option<PathBuf>,
        /// Read the new card's PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
    /// How it stands with lost cards whose place this one has taken
    Lost,
    /// Leave a recovery copy with the issuer, who cannot read it, or in a file
    #[command(after_help = "Examples:\n  keyfare card keep\n  keyfare card keep stick/card.copy")]
    Keep {
        /// Where to write it
        file: Option<PathBuf>,
    },
    /// Everything the issuer stores about this card, told to the card alone
    #[command(
        after_help = "Examples:\n  keyfare card data --json\n  keyfare card data --forget   what is not in its books"
    )]
    Data {
        /// Have the issuer forget what it keeps for this card alone: its recovery copy
        #[arg(long)]
        forget: bool,
    },
    /// Unblock the PIN with the recovery code
    Unblock {
        /// The code shown when the card was made
        code: String,
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
}

/// What to do with readers.
#[derive(Debug, Subcommand)]
pub enum ReadersCommand {
    /// Which card holds a license of this work
    Find {
        /// A sealed file of the work, or its id
        what: String,
    },
    /// Give a copy from the card in one reader to the card in another; the receiver pays the publisher's fare
    Copy(Between),
    /// Move a license from one to the other
    Move(Between),
    /// Give a locked copy: free, to be unlocked at a support centre
    Locked(Between),
    /// At a deposit machine with a reader of its own: load a card with the cash that is put in
    Fill(Fill),
    /// What is on the card in a reader, for its holder's PIN
    Balance(Balance),
    /// At a kiosk with a reader of its own: buy a license for the card in it
    Buy(BuyAt),
    /// Finish what a pulled card left open between two cards
    Finish {
        /// One reader: its name, or enough of it
        from: String,
        /// The other
        to: String,
    },
}

/// A card in a deposit machine's reader.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keyfare readers fill \"Keyfare 0\" 2000 --code K7QW2MDA     names 2000, shows what is on the card, waits for the notes\n  keyfare readers fill \"Keyfare 0\"          finishes what a pulled card left open"
)]
pub struct Fill {
    /// The machine's reader: its name, or enough of it
    pub reader: String,
    /// How much; without it only what was open is finished
    pub amount: Option<i64>,
    /// The machine that takes the cash, by its name
    #[arg(long, value_name = "NAME", default_value = crate::setup::DEPOSIT)]
    pub machine: String,
    /// The code on the machine's screen; needed with an amount
    #[arg(long, value_name = "CODE", default_value = "")]
    pub code: String,
    /// How long to wait for the cash, in seconds
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    pub patience: u64,
    /// Read the holder's PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// A card whose purse is looked at.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keyfare readers balance \"Keyfare 0\"")]
pub struct Balance {
    /// The reader: its name, or enough of it
    pub reader: String,
    /// Read the holder's PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// A card in a kiosk's reader.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  keyfare readers buy \"Keyfare 0\" \"Night Ferry\"")]
pub struct BuyAt {
    /// The kiosk's reader: its name, or enough of it
    pub reader: String,
    /// A title, or the number of an offer
    pub what: String,
    /// Where, if several sell it: the shop's name
    #[arg(long, value_name = "SHOP")]
    pub from: Option<String>,
    /// The kiosk that passes the card's messages on, and keeps them while its line is down: its name
    #[arg(long, value_name = "KIOSK")]
    pub kiosk: Option<String>,
    /// Read the holder's PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// From which reader to which.
#[derive(Debug, Args)]
pub struct Between {
    /// The giver's reader: its name, or enough of it
    pub from: String,
    /// The receiver's reader
    pub to: String,
    /// A sealed file of the work, or its id
    #[arg(required_unless_present = "license")]
    pub what: Option<String>,
    /// The license by its id, if the giver's card has several
    #[arg(long, value_name = "ID")]
    pub license: Option<String>,
    /// Read the giver's PIN and then the receiver's from standard input, a line each, instead of asking for them
    #[arg(long)]
    pub pins_stdin: bool,
    /// The receiver agrees on his own wallet's screen, whatever it costs
    #[arg(long)]
    pub own_screen: bool,
}

/// What `bill` does.
#[derive(Debug, Subcommand)]
pub enum BillCommand {
    /// Let a carrier pay for you, one you have a contract with
    Payer {
        /// Its name
        name: String,
        /// No longer
        #[arg(long)]
        off: bool,
    },
    /// Pay from the purse what a carrier did not pay
    Pay {
        /// Title, or the license's number
        what: String,
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Write requests that wait as files, for somebody else to carry
    Out {
        /// Where to
        #[arg(value_name = "DIR")]
        into: PathBuf,
    },
    /// Take requests of anybody to their carriers; the answers lie beside them afterwards
    Carry {
        /// Requests
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Take in a carrier's answer that somebody brought
    In {
        /// The answer
        file: PathBuf,
    },
    /// Take in usage from a file, each record once (the carrier's people)
    Usage {
        /// Lines of number,at,call|packets,amount
        file: PathBuf,
        /// The switch or gateway it is of: its records are numbered by their lines
        #[arg(long)]
        source: String,
    },
    /// Bill a month, and list its bills (the carrier's people)
    Month {
        /// As 2026-11
        month: String,
    },
}

/// What `value` does.
#[derive(Debug, Subcommand)]
pub enum ValueCommand {
    /// Make codes, and write them as a sheet to print (the shop's operator)
    Make(MakeValue),
    /// What of the shop's vouchers is out (the shop's operator)
    Out,
    /// Take what a code is onto the card
    Take {
        /// The code, as on its sheet, or the text of its QR code
        code: String,
        /// The shop it is of, by name, where there are several
        #[arg(long, value_name = "NAME")]
        shop: Option<String>,
    },
    /// List what is on the card and is not money
    List,
}

/// Options of `value make`.
#[derive(Debug, Args)]
pub struct MakeValue {
    /// As what
    #[arg(value_enum)]
    pub kind: ValueArg,
    /// What each is worth
    #[arg(long, value_name = "AMOUNT", value_parser = clap::value_parser!(i64).range(1..), conflicts_with = "percent")]
    pub worth: Option<i64>,
    /// Or a part of one offer's price
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100), requires = "offer")]
    pub percent: Option<u8>,
    /// Good for this offer only
    #[arg(long, value_name = "NUMBER")]
    pub offer: Option<u64>,
    /// How many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub count: u32,
    /// What holders read
    #[arg(long, value_name = "TEXT")]
    pub label: String,
    /// For how many days they are good [default: for ever]
    #[arg(long, value_name = "DAYS")]
    pub days: Option<u16>,
    /// The page to print
    #[arg(long, value_name = "FILE")]
    pub sheet: PathBuf,
    /// Don't ask
    #[arg(long)]
    pub yes: bool,
}

/// A kind of value that a shop makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ValueArg {
    /// Takes up to its worth off a price
    Coupon,
    /// A voucher of an amount, spent whole
    Prepaid,
    /// Points, spent whole
    Points,
    /// A cheque of an amount, spent whole
    Cheque,
    /// Pays for one thing, whatever it costs
    Ticket,
}

impl ValueArg {
    /// Its word in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Coupon => "coupon",
            Self::Prepaid => "prepaid",
            Self::Points => "points",
            Self::Cheque => "cheque",
            Self::Ticket => "ticket",
        }
    }
}

/// Options of `buy`.
#[derive(Debug, Args)]
pub struct Buy {
    /// Title or offer number
    pub what: String,
    /// Pay nothing if it costs more than this
    #[arg(long, value_name = "AMOUNT")]
    pub at_most: Option<i64>,
    /// Bind it to this paired player, several times: it is lent to no other
    #[arg(long, value_name = "NAME", conflicts_with = "while_here")]
    pub player: Vec<String>,
    /// On players it plays only while this wallet answers
    #[arg(long)]
    pub while_here: bool,
    /// With the telephone bill: the carrier that pays for you, or the one of this name
    #[arg(long, value_name = "CARRIER", num_args = 0..=1, default_missing_value = "", conflicts_with = "approval")]
    pub bill: Option<String>,
    /// From the seller of this name, instead of the realm's first shop
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// Pay with a medium: its folder, its image, or the number on its label. The license is bound to your player and drive
    #[arg(long, value_name = "MEDIUM", conflicts_with = "approval")]
    pub medium: Option<String>,
    /// Pay with the word of somebody who knows you, and not the seller: prints the page on which to answer, and goes on from there
    #[arg(long)]
    pub approval: bool,
    /// Whose word, by name; without it the only one there is
    #[arg(long, value_name = "NAME", requires = "approval")]
    pub approver: Option<String>,
    /// Pay with a coupon, voucher or points on your card, in part or whole: its id, as `keyfare value list` shows it
    #[arg(long, value_name = "ID", conflicts_with_all = ["approval", "bill", "medium"])]
    pub value: Vec<String>,
    /// Pay first: a receipt comes onto the card, and gets the license later, once, without money
    #[arg(long, conflicts_with_all = ["approval", "bill", "medium", "player", "while_here"])]
    pub receipt_first: bool,
    /// From a shop on your own local network, over that network: no internet is needed between the two
    #[arg(long)]
    pub near: bool,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// What `console` does.
#[derive(Debug, Subcommand)]
pub enum ConsoleCommand {
    /// Make a link that opens one account, once, for seven days
    Invite {
        /// As what
        #[arg(long, value_enum, default_value = "owner")]
        role: StaffArg,
        /// Over which publisher, by id; without it this installation's own
        #[arg(long)]
        publisher: Option<String>,
    },
}

/// A role in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StaffArg {
    /// Works, money and people of a publisher
    Owner,
    /// Works of a publisher
    Editor,
    /// Sales, statements and pay-outs of a publisher
    Accountant,
    /// Runs the shop: invites publishers, sees none of their figures
    Operator,
}

impl StaffArg {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Accountant => "accountant",
            Self::Operator => "operator",
        }
    }
}

/// Options of `refund`.
#[derive(Debug, Args)]
pub struct Refund {
    /// Title or license id
    pub what: String,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// Options of `copy`.
#[derive(Debug, Args)]
pub struct CopyOn {
    /// How it is handed on.
    #[command(flatten)]
    pub hand_on: HandOn,
    /// Make a locked copy, free: for one card, whose holder pays when he has it unlocked
    #[arg(long)]
    pub locked: bool,
    /// The friend's wish for it: his file, or pictures of his code; else it lies in the directory of --file
    #[arg(long, value_name = "FILE", requires = "locked", num_args = 1.., conflicts_with_all = ["nearby", "wallet"])]
    pub wish: Vec<PathBuf>,
}

/// Options of `copy` and `move`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("way").required(true).multiple(false))]
pub struct HandOn {
    /// Title or license id
    pub what: String,
    /// Write the offer into this directory: a stick, a shared folder
    #[arg(long, value_name = "DIR", group = "way")]
    pub file: Option<PathBuf>,
    /// Pass it to a wallet on this network, by the two words its holder reads out
    #[arg(long, value_name = "NAME", group = "way")]
    pub nearby: Option<String>,
    /// Pass it to another wallet of this machine
    #[arg(long, value_name = "URL", group = "way")]
    pub wallet: Option<String>,
    /// Print the offer as codes for a camera
    #[arg(long, group = "way")]
    pub qr: bool,
    /// Put the sealed file of the work into the directory too
    #[arg(long, requires = "file")]
    pub with_package: bool,
    /// How long the offer is good
    #[arg(long, default_value_t = 72, value_name = "HOURS")]
    pub hours: u64,
    /// How long to wait for the friend, nearby or in another window
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    pub wait: u64,
    /// Read the PIN from standard input instead of asking for it (only `move` needs one)
    #[arg(long)]
    pub pin_stdin: bool,
}

/// Options of `receive`.
#[derive(Debug, Args)]
pub struct Receive {
    /// An offer in a file, or a picture of its code
    #[arg(conflicts_with = "nearby")]
    pub file: Option<PathBuf>,
    /// Be found on this network, and wait for an offer
    #[arg(long)]
    pub nearby: bool,
    /// Bind it to your player and drive: needed if your friend's license came from a medium
    #[arg(long)]
    pub bound: bool,
    /// Write a wish for a locked copy into this directory, for a friend to answer
    #[arg(long, value_name = "DIR", conflicts_with_all = ["file", "nearby", "wish_qr"])]
    pub wish: Option<PathBuf>,
    /// Print a wish for a locked copy as codes for a friend's camera
    #[arg(long, conflicts_with_all = ["file", "nearby"])]
    pub wish_qr: bool,
    /// How long to wait
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    pub wait: u64,
    /// Pay nothing if the fare is more than this
    #[arg(long, value_name = "AMOUNT")]
    pub at_most: Option<i64>,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// Options of `open`.
#[derive(Debug, Args)]
pub struct Open {
    /// A file from a friend; several pictures, if a code has several parts
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Pay nothing if the fare is more than this
    #[arg(long, value_name = "AMOUNT")]
    pub at_most: Option<i64>,
    /// Bind it to your player and drive: needed if your friend's license came from a medium
    #[arg(long)]
    pub bound: bool,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// Options of `unlock`.
#[derive(Debug, Args)]
pub struct Unlock {
    /// Title or license id
    pub what: String,
    /// Let the centre unlock first, and pay then
    #[arg(long)]
    pub unlock_first: bool,
    /// Pay in cash at the centre's counter
    #[arg(long)]
    pub cash: bool,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// Options of `play`.
#[derive(Debug, Args)]
pub struct Play {
    /// A sealed file, or the title of something you have a license for
    pub what: String,
    /// Stream the content to a program behind a pipe, instead of serving it
    #[arg(long)]
    pub pipe: bool,
    /// For copies of media: where card, player and drive are.
    #[command(flatten)]
    pub devices: Devices,
}

/// What to do with the support desk.
#[derive(Debug, Subcommand)]
pub enum SupportCommand {
    /// Show what would be sent and to whom; send it once you agree
    #[command(
        after_help = "Examples:\n  keyfare support send \"Night Ferry\"                      shows it, asks, sends, waits for the answer\n  keyfare support send \"Night Ferry\" --trouble counted --words \"It broke at once\"\n  keyfare support send \"Night Ferry\" --trouble lost --yes --json\n\nTroubles: other, no-answer, key, lost, package, counted. Nothing is ever sent without your agreeing to it."
    )]
    Send {
        /// Title, license id or content id
        what: String,
        /// What is wrong [default: found in the playback log]
        #[arg(long, value_name = "TROUBLE")]
        trouble: Option<String>,
        /// Your own words, at most 500 characters; they are read by people
        #[arg(long, default_value = "", value_name = "TEXT")]
        words: String,
        /// Agree without being asked
        #[arg(long, short)]
        yes: bool,
    },
    /// What was sent, and what came back
    Show,
    /// Ask again about a request that was sent
    Again {
        /// Its id, as `show` prints it
        id: String,
    },
}

/// Options of `read-upload`.
#[derive(Debug, Args)]
pub struct ReadUpload {
    /// The file to look into
    pub file: PathBuf,
    /// A private directory, all that may be written to
    pub room: PathBuf,
    /// ffmpeg
    pub converter: Option<PathBuf>,
}

/// Options of `convert-work`.
#[derive(Debug, Args)]
pub struct ConvertWork {
    /// ffmpeg
    pub converter: PathBuf,
    /// How many seconds of a processor it may use
    pub seconds: u64,
    /// What it is told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<std::ffi::OsString>,
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// A sealed file
    pub file: PathBuf,
}

/// Which story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Story {
    /// A publisher seals, a shop sells, a card pays, the song plays
    Sale,
    /// A separate secure device buys, keeps and opens content of its own
    ExternalDevice,
    /// One buys, everybody else copies from a friend; the fares ride along and come home
    Superdistribution,
    /// Copies are free and locked; a support centre unlocks them for a fee, before or after it is paid
    LockedCopy,
    /// Content on media: one key for each, copies bound to devices, a repair, a lost card, a gateway with its share
    CopyManagement,
    /// Buying without telling the seller who you are
    Approval,
    /// Buying with the telephone bill: the carrier pays, through a bank; electronic money where it does not
    Settlement,
}

/// How fares travel from card to card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RouteArg {
    /// With every copy, to the card that receives it
    Chain,
    /// To the card that bought last from the publisher
    History,
    /// To the card that bought most often
    Count,
    /// To the card that knows a network provider
    Provider,
}

/// By which way fares come home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CollectArg {
    /// In the background, from wallets
    Online,
    /// At a shop's counter, for a rebate
    Shop,
    /// At a cash machine, before the holder's banking
    AtmBefore,
    /// At a cash machine, after the card is out again
    AtmAfter,
    /// Beside another application of the card, into the publisher's bank account
    Application,
    /// At a kiosk in a station or street
    Kiosk,
}

/// What comes first at a support centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// Pay, then unlock
    PayUnlock,
    /// Unlock, then pay
    UnlockPay,
}

/// Which ids a registration needs besides the card's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IdsArg {
    /// The player's and the drive's
    Both,
    /// The player's
    Player,
    /// The drive's
    Drive,
    /// None
    None,
}

/// Options of `tour`.
#[derive(Debug, Args)]
pub struct Tour {
    /// Which story
    #[arg(value_enum)]
    pub story: Story,
    /// Price of the work; without it 300, and 1000 in the settlement, 130 in system 5
    #[arg(long, value_name = "AMOUNT")]
    pub price: Option<i64>,
    /// Money on the card before the purchase; without it 500, and in the settlement 3000, or 1000 in system 2
    #[arg(long, value_name = "AMOUNT")]
    pub purse: Option<i64>,
    /// Several wallets and players in one home: who may hand over to whom (settlement, system 4)
    #[arg(long)]
    pub family: bool,
    /// Money on each wallet's card, by commas (settlement, family)
    #[arg(long, value_name = "AMOUNTS", value_delimiter = ',', default_value = "3000,7000,5500", value_parser = clap::value_parser!(i64).range(0..=10_000_000))]
    pub purses: Vec<i64>,
    /// For each wallet the players it lets in, as "1,2,3/2/3" (settlement, family)
    #[arg(long, value_name = "LISTS", default_value = "1,2,3/2/3")]
    pub wallets: String,
    /// For each player the wallets it lets in (settlement, family)
    #[arg(long, value_name = "LISTS", default_value = "1/1,2/1,2,3")]
    pub players: String,
    /// Which of the settlement systems: 1, the carrier pays; 2, cash becomes electronic money; 4, the carrier asks a registry
    /// first; 5, goods from a vending machine (settlement)
    #[arg(long, default_value_t = 1, value_name = "SYSTEM", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub system: u8,
    /// The seller's enterprise number (settlement)
    #[arg(long, default_value_t = 2000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub enterprise: u32,
    /// An enterprise that the registry trusts, several times; without it 2000, 2500, 2699 (settlement)
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub trusted: Vec<u32>,
    /// What is named at the deposit machine (settlement, system 2)
    #[arg(long, default_value_t = 2000, value_name = "AMOUNT")]
    pub deposit: i64,
    /// What is put into it; without it exactly that (settlement, system 2)
    #[arg(long, value_name = "AMOUNT")]
    pub cash: Option<i64>,
    /// What the vending machine gives (settlement, system 5)
    #[arg(long, default_value = "coffee", value_name = "NAME")]
    pub article: String,
    /// How often a license plays (settlement)
    #[arg(long, default_value_t = 3, value_name = "COUNT")]
    pub plays: u32,
    /// Calls of the month, as they are billed (settlement)
    #[arg(long, default_value_t = 2150, value_name = "AMOUNT", value_parser = clap::value_parser!(i64).range(0..=10_000_000))]
    pub calls: i64,
    /// Packets of the month, as they are billed (settlement)
    #[arg(long, default_value_t = 430, value_name = "AMOUNT", value_parser = clap::value_parser!(i64).range(0..=10_000_000))]
    pub packets: i64,
    /// The telephone's basic fee (settlement)
    #[arg(long, default_value_t = 2000, value_name = "AMOUNT", value_parser = clap::value_parser!(i64).range(0..=10_000_000))]
    pub basic: i64,
    /// What voice mail costs (settlement)
    #[arg(long, default_value_t = 300, value_name = "AMOUNT", value_parser = clap::value_parser!(i64).range(0..=10_000_000))]
    pub service: i64,
    /// How many days after a purchase the carrier pays the seller; without it 7 (settlement, in memory)
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=365))]
    pub pays_after: Option<u16>,
    /// How many people, the buyer among them (superdistribution)
    #[arg(long, default_value_t = 8, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub users: u16,
    /// Fare of a copy (superdistribution)
    #[arg(long, default_value_t = 100, value_name = "AMOUNT")]
    pub fare: i64,
    /// How fares travel (superdistribution)
    #[arg(long, value_enum, default_value = "chain")]
    pub route: RouteArg,
    /// By which way they come home; without it they stay on the cards (superdistribution)
    #[arg(long, value_enum, value_name = "WAY")]
    pub collect: Option<CollectArg>,
    /// What comes first (locked-copy; the fare is what unlocking costs)
    #[arg(long, value_enum, default_value = "pay-unlock")]
    pub order: OrderArg,
    /// How much of a locked copy plays at once: 0, 10 or 80 percent (locked-copy)
    #[arg(long, default_value_t = 10, value_name = "PERCENT")]
    pub arrives: u8,
    /// How many media are pressed (copy-management)
    #[arg(long, default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub media: u32,
    /// The gateway's share, in permille (copy-management)
    #[arg(long, default_value_t = 300, value_name = "PERMILLE", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub share: u32,
    /// Ids a registration needs besides the card's: player, drive, both or none (copy-management)
    #[arg(long, value_enum, default_value = "both")]
    pub ids: IdsArg,
    /// Shop and settlement server in one (approval)
    #[arg(long)]
    pub combined: bool,
    /// How much the user may owe (approval)
    #[arg(long, default_value_t = 5000, value_name = "AMOUNT")]
    pub limit: i64,
    /// How the bureau behaves (approval)
    #[arg(long, value_enum, default_value = "good")]
    pub bureau: BureauArg,
    /// Up to this the approver goes without a silent bureau, by the user's own record (approval); without it: not at all
    #[arg(long, value_name = "AMOUNT")]
    pub cap: Option<i64>,
    /// Over HTTP, against a separate process for each party
    #[arg(long)]
    pub live: bool,
    /// Settlement, live: so many more purchases, somebody stopped and started again at a random moment of each
    #[arg(long, value_name = "N", default_value_t = 0, requires = "live")]
    pub kills: u32,
    /// Settlement, live: which moments
    #[arg(long, value_name = "N", requires = "live")]
    pub seed: Option<u64>,
}

/// How the bureau behaves in the story of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BureauArg {
    /// It says good things.
    Good,
    /// It does not answer.
    Silent,
    /// It does not say good things.
    Refuses,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Where to put it; must not exist yet
    pub to: PathBuf,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// A backup made by `keyfare backup`
    pub from: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Options of `accept`.
#[derive(Debug, Args)]
pub struct Accept {
    /// Which parties
    #[arg(required = true, value_enum)]
    pub roles: Vec<RoleArg>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}
