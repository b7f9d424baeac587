"""Word lists for synthetic texts, frequent words first."""

ADJECTIVES = """
new joint full limited final open formal military political economic urgent regional direct partial mutual lasting early
technical humanitarian naval bilateral temporary permanent renewed secret broad quiet public maritime strategic northern
southern eastern western fragile gradual binding informal unilateral immediate disputed coastal annual cautious civilian
complete conditional constructive contested detailed diplomatic distant emergency exclusive explicit external federal
former frozen general genuine harsh historic hostile identical impartial inclusive indirect initial interim internal
inland judicial legal local mixed mobile moderate monthly narrow neutral nuclear occasional parallel peaceful precise
preliminary private provisional reciprocal remote residual rival rural seasonal sectoral selective silent sincere
stalled sudden symbolic transitional tripartite urban verbal verifiable voluntary weekly
""".split()

NOUNS = """
talks ceasefire agreement border security prisoners troops sanctions energy corridor aid truce conflict settlement
proposal region weapons release army exchange territory observers convoy grain ports monitoring guarantees withdrawal
elections mediation refugees infrastructure roadmap summit pipeline airspace missiles water trade envoy delegation
referendum commission reconstruction demining fishing customs railway bridge dam harbour island valley river province
enclave checkpoint garrison fleet artillery drones electricity gas oil uranium enrichment inspections verification
amnesty justice constitution parliament government opposition militia hostages remains archives museum heritage language
school hospital vaccine harvest drought flood earthquake famine currency debt loan tariff embargo visa passport census
boundary map treaty protocol annex clause deadline timetable agenda hotline secretariat tribunal arbitration
compensation restitution pension salary mine quarry forest pasture glacier lagoon strait canal lighthouse ferry tunnel
motorway airport satellite cable broadcast newspaper orchestra football chess caravan monastery
""".split()

VERBS = """
discuss propose reject welcome extend sign delay suspend support criticise review demand confirm resume halt announce
order consider postpone prepare monitor ratify condemn offer lift tighten accept clarify request protest exchange
deliver open close guard inspect restore abandon revise publish withdraw draft outline dispute settle defer endorse
soften renounce reaffirm circulate commemorate
""".split()

FIRST_NAMES = """
Anna José Marie Ivan Fatima Chloé Omar Zoë Lukáš Jürgen Amélie Nguyễn Søren Márta Siobhán Tomás Aïcha Bjørn Łucja
Mehmet Dilnoza Kwame Inês Raúl Ayşe Noor Petra Elif Oleksandr Giorgi Levan Tariq Yuki Min-jun Priya Arjun Thandiwe
""".split()

LAST_NAMES = """
García Kovačević Müller Nowak Haddad Okafor Petrov Sørensen Dvořák Yılmaz Fernández Lefèvre O’Brien Ångström Shevchenko
Beridze Karimov Tanaka Kim Sharma Mbeki Traoré Núñez Horváth Ionescu Papadopoulos Žukauskas Bērziņš Çelik Guðmundsson
Abdullahi Costa Da-Silva Van-Dijk Rossi Schäfer Weiß Pérez Ibáñez Al-Sayed Ben-Ami Qureshi Tadesse Ouédraogo Zhang
""".split()

COUNTRIES = """
RU UA US FR DE TR GB CN SA IR IL EG SD ET CO VE AM AZ GE RS XK CY GR MA DZ ML NG KE SO YE SY IQ AF PK IN MM PH KR JP
""".split()

PLACES = [
    ("Geneva", "CH", 46.2, 6.15),
    ("Jeddah", "SA", 21.54, 39.17),
    ("Istanbul", "TR", 41.01, 28.98),
    ("Vienna", "AT", 48.21, 16.37),
    ("Doha", "QA", 25.29, 51.53),
    ("Paris", "FR", 48.86, 2.35),
    ("Minsk", "BY", 53.9, 27.57),
    ("Bogotá", "CO", 4.71, -74.07),
    ("Addis Ababa", "ET", 9.03, 38.74),
    ("Reykjavík", "IS", 64.15, -21.94),
    ("São Paulo", "BR", -23.55, -46.63),
    ("the border", None, None, None),
    ("Chișinău", "MD", 47.01, 28.86),
    ("Nairobi", "KE", -1.29, 36.82),
    ("Hà Nội", "VN", 21.03, 105.85),
    ("Ushuaia", "AR", -54.8, -68.3),
]
