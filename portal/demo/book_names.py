"""What the invented people of the demo are called, where they live and where they go to the doctor."""
# ruff: noqa: SIM905 - a list of words is read more easily than a list of strings

FIRST_NAMES = (
    "Abel Adela Aina Alba Alicia Andreu Ángela Arnau Aurora Beatriz Berta Blanca Bernat Candela Carmela "
    "Cecilia Celia César Clara Claudia Conrado Cristian Damián Daniela Dolors Edurne Eladio Elisa Emilio "
    "Enric Esther Eugenia Fabián Fátima Felipe Flora Gabriel Gemma Gonzalo Greta Guillem Ignacio Iker "
    "Irene Iris Isidro Iván Jimena Joaquín Jon Julia Julián Laia Leandro Leire Leonor Lorena Lorenzo "
    "Lucas Luisa Magdalena Manuel Mar Marina Marta Martín Mateu Maite Mercedes Miquel Míriam Nadia Neus "
    "Nicolás Noelia Nuria Olga Oriol Óscar Pablo Paloma Pau Paula Pilar Quim Ramiro Raquel Remedios Rocío "
    "Rosalía Rubén Samuel Sara Saúl Sergi Silvia Sofía Sonia Teo Teresa Tomás Unai Valentín Vera Vicente "
    "Violeta Xavier Yago Yolanda Zoe"
).split()

SURNAMES = (
    "Abella Acosta Aguado Albert Alcalá Amat Arce Arribas Asensio Baena Balaguer Barba Barrios Bayo "
    "Benito Bernal Blasco Bueno Burgos Cabello Calvo Camps Cano Carrión Casado Castells Cerdà Cid "
    "Clemente Coll Conesa Cordero Cuesta Dalmau Domènech Echeverría Escobar Esteve Exposito Farré "
    "Ferrándiz Fuentes Galán Gallego Garrido Gascón Giménez Gisbert Guerra Haro Heredia Hidalgo Ibarra "
    "Izquierdo Jordán Lara Ledesma Linares Llobet Lozano Luque Maestre Maldonado Marcos Marín Martos "
    "Mateo Millán Miró Molins Montero Moya Murillo Navas Nieto Noguera Ochoa Olmo Ortega Osuna Palacios "
    "Pardo Pastor Peña Pineda Pla Polo Prieto Quesada Rabadán Redondo Ribas Rincón Roca Ros Rueda Sabater "
    "Salas Santamaría Segura Serra Sierra Solà Soler Tapia Tejero Toledo Tortosa Urrutia Valero Varela "
    "Vela Vicens Villar Yuste Zabala Zamora"
).split()

# Town, first digits of its postcodes, language in which letters go out.
TOWNS = (
    ("Madrid", "280", "es"),
    ("Alcalá de Henares", "288", "es"),
    ("Zaragoza", "500", "es"),
    ("Valladolid", "470", "es"),
    ("Sevilla", "410", "es"),
    ("Murcia", "300", "es"),
    ("Bilbao", "480", "es"),
    ("Oviedo", "330", "es"),
    ("Barcelona", "080", "ca"),
    ("Girona", "170", "ca"),
    ("Lleida", "250", "ca"),
    ("Tarragona", "430", "ca"),
)

STREETS = (
    "Calle del Alba",
    "Calle de la Fuente",
    "Plaza del Olmo",
    "Avenida de la Estación",
    "Calle de los Tilos",
    "Paseo del Río",
    "Calle Nueva",
    "Camino del Molino",
)

PROVIDERS = (
    "Centro Médico Alba Norte",
    "Centro Médico Alba Sur",
    "Policlínica del Olmo",
    "Clínica Ribera Alta",
    "Consulta Dra. Prado Lima",
    "Consulta Dr. Vera Sanz",
)

# What is done, and the limit of the health edition that says its copayment.
ACTS = (
    ("Consulta de medicina general", "copay_gp"),
    ("Consulta de pediatría", "copay_gp"),
    ("Consulta de dermatología", "copay_specialist"),
    ("Consulta de oftalmología", "copay_specialist"),
    ("Consulta de traumatología", "copay_specialist"),
    ("Extracción de sangre", "copay_nursing"),
    ("Radiografía de tórax", "copay_imaging"),
    ("Ecografía abdominal", "copay_imaging"),
    ("Resonancia magnética de rodilla", "copay_advanced_test"),
    ("Sesión de fisioterapia", "copay_physiotherapy"),
    ("Atención de urgencias", "copay_emergency"),
)
