"""Small files in the publishers' own layouts. Made for these tests: the layouts are real, the figures are not."""

from __future__ import annotations

UK_HEADING = "ID,Scope,Level 1,Level 2,Level 3,Level 4,Column Text,UOM,GHG/Unit,GHG Conversion Factor 2025"
UK = f"""\
UK Government GHG Conversion Factors for Company Reporting,,,,,,,,,
Factors by Category,,,,,,,,,
Made for tests,,,,,,,,,
{UK_HEADING}
1,Scope 1,Fuels,Gaseous fuels,Natural gas,,,kWh (Gross CV),kg CO2e,0.111
2,Scope 1,Fuels,Gaseous fuels,Natural gas,,,kWh (Gross CV),kg CO2e of CO2 per unit,0.110
3,Scope 1,Fuels,Gaseous fuels,Natural gas,,,kWh (Net CV),kg CO2e,0.122
4,Scope 3,Business travel- air,Flights,"International, to/from non-UK",Economy class,With RF,passenger.km,kg CO2e,0.2
5,Scope 3,Business travel- air,Flights,"International, to/from non-UK",Economy class,Without RF,passenger.km,kg CO2e,0.1
6,Scope 3,Business travel- land,Cars (by size),Average car,,Petrol,km,kg CO2e,1.6E-01
7,Scope 3,Waste disposal,Construction,Metals,,Combustion,tonnes,kg CO2e,
8,Outside of Scopes,Outside of Scopes,Forecourt fuels,Petrol,,,litres,kg CO2e,0.33
9,Scope 3,Material use,Metal,Steel cans,,Primary material production,tonnes,kg CO2e,"1,234.5"
"""

BASE_CARBONE_HEADING = (
    "Type Ligne;Identifiant de l'élément;Structure;Type de l'élément;Statut de l'élément;Nom base français;"
    "Nom base anglais;Nom attribut français;Nom attribut anglais;Nom frontière français;Nom frontière anglais;"
    "Code de la catégorie;Unité français;Contributeur;Source;Localisation géographique;"
    "Sous-localisation géographique français;Sous-localisation géographique anglais;Date de création;"
    "Date de modification;Période de validité;Incertitude;Type poste;Total poste non décomposé"
)
_FE = "Facteur d'émission"
BASE_CARBONE = f"""\
{BASE_CARBONE_HEADING}
Elément;101;élément décomposé par poste;{_FE};Valide générique;Gaz naturel;Natural gas;pour essais;for tests;;;\
Combustibles > Fossiles > Gazeux;kgCO2e/kWh PCI;ADEME;essais;France continentale;;;Mars 2014;Septembre 2021;\
Décembre 2027;5;;0,111
Poste;101;;{_FE};Valide générique;Gaz naturel;Natural gas;;;;;Combustibles > Fossiles > Gazeux;kgCO2e/kWh PCI;ADEME;;\
France continentale;;;;Septembre 2021;;5;Combustion;0,1
Elément;102;;{_FE};Archivé;Vieux;Old;;;;;Combustibles;kgCO2e/kg;ADEME;;France continentale;;;;Septembre 2010;;;;1
Elément;103;;{_FE};Valide spécifique;Électricité;Electricity;mix moyen;average;;;Electricité > Réseau;kgCO2e/kWh;ADEME;\
;Autre pays du monde;Allemagne;Germany;;01/02/2022;;30;;1 234,5
Elément;104;;{_FE};Valide générique;Repas;;;;;;Achats de biens > Agro-alimentaire;kgCO2e/repas;ADEME;;\
Autre pays du monde;Royaume-Uni;;;Juin 2020;;;;2
Elément;105;;{_FE};Valide générique;Acier;Steel;;;;;Achats de biens > Métaux;kgCO2e/tonne;ADEME;;\
Europe;;;;Juin 2020;;;;2,5
Elément;106;;Données source;Valide générique;Pouvoir;;;;;;Combustibles;kWh/kg;ADEME;;France continentale;;;;2020;;;;12
"""

MEE = """\
表3 ２０２３年省级电力平均二氧化碳排放因子（为测试而制，数值非真）,
省份,因子（kgCO2/kWh）
北　京,０．１１１１
上海市,0.2222
内蒙古自治区,0.3333①
新疆维吾尔自治区（含兵团）,0.4444*
全国,0.5555
华北,0.6666
西藏,—
注：1. 本表数值为测试而制。,
"""

OPEN_HEADING = (
    "UUID,sector,category,activity_id,name,activity_unit,kgCO2e-AR5,kgCO2e-AR4,kgCO2,kgCH4,kgN2O,"
    "kgCO2e-OtherGHGs-AR5,kgCO2e-OtherGHGs-AR4,uncertainty,scope,lca_activity,source,year_released,years_valid,"
    "years_calculated_from,region,data_quality,contributor,date_accessed,description,source_link"
)
OPEN = f"""\
{OPEN_HEADING}
u1,Energy,Electricity,electricity-grid_mix,Grid mix,kWh,0.111,not-supplied,,,,,,10,2,electricity_generation,AIB,2022,\
2022,2021,DE,,made for tests,2022/01/01,made for tests,https://example.org/1
u2,Transport,Rail Travel,passenger_train-route_type_na,Train,passenger-km,not-supplied,0.02,,,,,,,3,fuel_combustion,\
BEIS,2021,2021,2020,GB,,made for tests,2022/01/01,made for tests,https://example.org/2
u3,Transport,Rail Travel,passenger_train-gas,Train,passenger-km,not-supplied,not-supplied,0.01,,,,,,3,fuel_combustion,\
BEIS,2021,2021,2020,GB,,made for tests,2022/01/01,made for tests,https://example.org/3
u4,Energy,Electricity,electricity-grid_mix,Grid mix,kWh,0.5,,,,,,,,2,electricity_generation,AIB,2022,2022,2021,ZZ-99,,\
made for tests,2022/01/01,made for tests,https://example.org/4
u5,Materials and Manufacturing,Metals,metals-type_odd,Odd metal,tonne,9,,,,,,,,3,cradle_to_gate,EPA,2020,2020,2020,US,\
e,made for tests,2022/01/01,made for tests,https://example.org/5
"""
