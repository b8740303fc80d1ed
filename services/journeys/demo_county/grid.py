"""Stations, substations, feeders and transformer areas, in the proportions of a county."""

from services.journeys.demo_county.plan import Plan
from services.journeys.demo_county.sheets import Sheets
from services.journeys.demo_county.words import STATIONS, STREETS, SUBSTATION_NAMES


def station_code(number: int) -> str:
    return f"S{number + 1:02d}"


def area_code(number: int) -> str:
    return f"T{number + 1:05d}"


def write_grid(sheets: Sheets, plan: Plan) -> None:
    for number in range(plan.stations):
        name, english = STATIONS[number]
        sheets.add("stations", code=station_code(number), name=f"{name}供电所", name_en=f"{english} supply station")
    for number in range(plan.substations):
        sheets.add("substations", code=f"B{number + 1:02d}", name=f"{SUBSTATION_NAMES[number]}变电站")
    for number in range(plan.feeders):
        home = number % plan.substations
        sheets.add(
            "feeders",
            code=f"F{number + 1:03d}",
            name=f"10kV{SUBSTATION_NAMES[home]}{number // plan.substations + 1}线",
            substation=f"B{home + 1:02d}",
        )
    for number in range(plan.areas):
        sheets.add(
            "transformer_areas",
            code=area_code(number),
            name=f"{STREETS[number % len(STREETS)]}{number // len(STREETS) + 1}号台区",
            feeder=f"F{number % plan.feeders + 1:03d}",
        )
