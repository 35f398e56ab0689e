"""Given names common in Czech towns, by which a man is told from a woman, and the given name from the surname.

Names that both have (Nikola, Saša, René, Jindra …) are left out: who has one is addressed neutrally.
"""

from tts.words.listed import listed

MEN = frozenset(
    listed(
        """
        Adam Adolf Albert Aleš Alexander Alexandr Alfréd Alois Ambrož Andrej Antonín Armin Arnošt Artur August Augustin
        Bartoloměj Bedřich Benedikt Benjamin Bernard Blažej Bogdan Bohdan Bohumil Bohumír Bohuslav Boleslav Boris
        Bořek Bořivoj Bronislav Bruno Břetislav Ctibor Ctirad Cyril Čeněk Čestmír Dalibor Dalimil Damián Dan Daniel
        David Denis Dezider Dimitrij Dobroslav Dominik Drahomír Drahoslav Dušan Edgar Eduard Egon Emanuel Emil Erich
        Erik Evžen Felix Ferdinand Filip Florian František Gabriel Gustav Hanuš Heřman Horymír Hubert Hugo Hynek Ignác
        Igor Ivan Ivo Jáchym Jakub Jan Jáchim Jaromír Jaroslav Jeroným Jiří Jindřich Jonáš Josef Jozef Julius Ján
        Juraj Kamil Karel Karol Kašpar Klement Kristián Kryštof Kvido Ladislav Leo Leon Leoš Leopold Libor Lubomír
        Luboš Luboslav Luděk Ludvík Lukáš Lumír Marcel Marek Marian Mario Martin Matěj Matouš Matyáš Max Maxmilián
        Medard Metoděj Michael Michal Mikuláš Milan Miloslav Miloš Milivoj Miroslav Mojmír Mořic Norbert Oldřich Oliver
        Ondřej Oskar Ota Otakar Oto Otmar Otto Patrik Pavel Peter Petr Přemysl Pravoslav Prokop Radek Radim Radislav
        Radomil Radomír Radoslav Radovan Ratibor Rastislav Richard Robert Robin Roland Roman Rostislav Rudolf
        Řehoř Samuel Sebastián Severin Silvestr Simon Slavomír Slavoj Soběslav Stanislav Stěpán Šimon Štefan Štěpán
        Tadeáš Teodor Theodor Tibor Tobiáš Tomáš Vasil Václav Valentin Valter Vavřinec Věnceslav Viktor Vilém Vincenc
        Vít Vítězslav Vladan Vladimír Vladislav Vlastimil Vlastislav Vojen Vojtěch Vratislav Walter Zbyněk Zbyšek
        Zdeněk Zikmund Zoltán Zoran
        """
    )
)
WOMEN = frozenset(
    listed(
        """
        Adéla Adriana Agáta Alena Alexandra Alice Alžběta Amálie Anastázie Anděla Andrea Aneta Anežka Anna Antonie
        Apolena Barbora Beáta Běla Berta Blanka Blažena Bohdana Bohumila Bohumíra Bohuslava Božena Bronislava Brigita
        Cecílie Dagmar Dana Daniela Darina Darja Denisa Dita Dobromila Dominika Dora Dorota Doubravka Drahomíra
        Drahoslava Drahuše Ela Elena Eliška Ella Elvíra Ema Emilie Emílie Erika Ester Eva Evelína Evženie Františka
        Gabriela Galina Gertruda Gita Gizela Hana Hanka Hedvika Helena Helga Hermína Hilda Hortenzie Ida Ilona Ingrid
        Irena Irma Isabela Iva Ivana Iveta Ivona Izabela Jana Jarmila Jaromíra Jaroslava Jindřiška Jiřina Jitka Johana
        Jolana Josefa Jozefína Judita Julie Justýna Kamila Karla Karolína Kateřina Klára Klaudie Kristina Kristýna
        Květa Květoslava Květuše Lada Ladislava Laura Lea Lenka Leona Libuše Lidie Lída Ljuba Linda Liběna Livie Lucie
        Ludmila Luisa Lýdie Magda Magdalena Magdaléna Marcela Margita Marie Mariana Marija Markéta Marta Martina Matylda
        Mária Melánie Michaela Milada Milena Milica Miloslava Miluše Mirka Miroslava Monika Naděžda Natálie Natalia
        Nataša Nela Nina Nora Oksana Oldřiška Olena Olga Olina Patricie Pavla Pavlína Petra Petronela Radana Radka
        Radmila Radomíra Regína Renata Renáta Romana Rozálie Rudolfa Růžena Sabina Sandra Sára Silvie Simona Slávka
        Soňa Sofie Stanislava Stela Stella Svatava Svatlana Světla Světlana Sylva Sylvie Šárka Štěpánka Tamara Taťána
        Tatiana Tereza Terezie Uršula Václava Valentýna Valerie Vanda Vendula Vendulka Věra Veronika Viktorie Vilma
        Viola Vítězslava Vladimíra Vladislava Vlasta Vlastimila Vojtěška Xenie Yveta Yvona Zdena Zdenka Zdeňka Zdislava
        Zita Zlata Zlatuše Zoja Zora Zuzana Zuzanna Žaneta Žofie
        """
    )
)
