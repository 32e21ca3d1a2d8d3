"""The pole folder around the three entries: site, brief, actors, commitments. Facts keep their source."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from qutb.pack import load_pack
from qutb.plan import Plan, empty_table, snap
from qutb.pole import SPOT_HEIGHTS, Brief, Criterion, Pole, Site, Target

from .site import BOUNDARY, CRS, RELEASED, RELEASED_LATER, ROAD, ROAD_SIDE, SERVITUDE_M, SETBACK_M, SHORE

__all__ = ["brief", "pole", "site"]

START = date(2027, 1, 1)
PACK_DATE = date(2026, 11, 1)

ONEE = "https://www.infomediaire.net/dakhla-oued-eddahab-lonee-donne-le-coup-denvoi-a-des-projets-structurants/"
DAWEC = (
    "https://www.challenge.ma/dakhla-5200-ha-irrigues-par-dessalement-de-leau-de-mer-"
    "a-attribuer-aux-jeunes-et-aux-investisseurs-prives-246116/"
)
UN_HABITAT = "UN-Habitat, A New Strategy of Sustainable Neighbourhood Planning: Five Principles, 2014"
GREEN_PLANS = "seven pilot green plans, Morocco, 2020"
ASSUMED = "assumed for the example"
DENSITY = "35 to 50 dwellings/ha, " + ASSUMED
PORT = "https://online.flippingbook.com/view/161892436/57"
UNIVERSITY = "https://online.flippingbook.com/view/161892436/58"
LOGISTICS = (
    "https://telquel.ma/2021/12/29/dakhla-1508-mdh-pour-les-etudes-architecturales-et-la-construction-"
    "de-la-zone-logistique-west-africa-free-zone_1748969"
)
TOURISM = (
    "https://www.lavieeco.com/affaires/dakhla-oued-eddahab-lancement-dune-etude-damenagement-"
    "de-la-zone-touristique-del-argoub/"
)
FOUNDING = (
    "https://www.lavieeco.com/actualite-maroc/"
    "dakhla-smart-city-le-projet-concretise-la-nouvelle-vision-du-developpement-des-provinces-du-sud/"
)

PLANNING_DOCUMENTS = "plan d'aménagement of the tourist zone, approved 2022, list of planning documents"
SUBSTATION = "Source substation 60/22 kV at PK40, 148 million MAD, for the port and the new urban pole"
DESALINATION = "Desalination, 37 million m3/year of which 7 million for drinking water"

TARGETS = (
    Target(measure="capacity.dwellings", low=9_600.0, high=13_700.0, source=DENSITY),
    Target(measure="capacity.beds", low=1_500.0, high=4_000.0, source=ASSUMED),
    Target(measure="capacity.jobs", low=13_000.0, source="one job for three inhabitants, " + ASSUMED),
    Target(measure="form.street_share", low=0.30, source=UN_HABITAT),
    Target(measure="form.low_cost_floor_share", low=0.20, high=0.50, source=UN_HABITAT),
    Target(measure="form.green_per_inhabitant_m2_per_people", low=10.0, source=GREEN_PLANS),
)
FACILITIES = {
    "preschool": 8,
    "primary_school": 6,
    "lower_secondary_school": 2,
    "upper_secondary_school": 2,
    "vocational_training_centre": 1,
    "urban_health_centre": 2,
    "youth_centre": 2,
    "womens_centre": 2,
    "library": 1,
    "cultural_centre": 1,
    "multipurpose_hall": 1,
    "covered_sports_hall": 1,
    "municipal_stadium": 1,
    "local_sports_ground": 3,
    "neighbourhood_mosque": 6,
    "friday_mosque": 1,
    "communal_office": 1,
    "post_office": 1,
    "police_civil_protection": 1,
    "market": 2,
    "oven_and_hammam": 4,
}


def _layer(key: str, geometry: list[shapely.Geometry], **columns: list[object]) -> gpd.GeoDataFrame:
    outlines = snap(np.array(geometry, dtype=object))
    return gpd.GeoDataFrame(columns, geometry=outlines, crs=CRS).set_index(key)


def site() -> Site:
    """The ground. Spot heights are empty: no survey and no elevation tile was at hand."""
    return Site(
        crs=CRS,
        boundary=snap(np.array([BOUNDARY]))[0],
        constraints=_constraints(),
        land=_land(),
        roads=_layer("road_id", [ROAD], road_id=["R-1"], street_class=["arterial"], width_m=[30.0]),
        tie_ins=_tie_ins(),
        spot_heights=empty_table(SPOT_HEIGHTS, CRS),
    )


def _constraints() -> gpd.GeoDataFrame:
    coast = SHORE.buffer(SETBACK_M).intersection(BOUNDARY)
    servitude = ROAD_SIDE.buffer(SERVITUDE_M).intersection(BOUNDARY)
    return _layer(
        "constraint_id",
        [coast, servitude],
        constraint_id=["K-coast", "K-road"],
        kind=["coast_setback", "servitude"],
        allowed_uses=["green sport", "green sport parking"],
        status=["comparator", "assumed"],
        source=[
            "100 m coastal green strip of the Libyan planning standards (public Arabic summary); "
            "no Moroccan text was read",
            "25 m along the existing road, assumed for the example; no text was read",
        ],
    )


def _land() -> gpd.GeoDataFrame:
    """Two parcels in one hand; the north-eastern one is promised for later."""
    return _layer(
        "parcel_id",
        [RELEASED, RELEASED_LATER],
        parcel_id=["illustrative-1", "illustrative-2"],
        regime=["private domain of the State (assumed)", "private domain of the State (assumed)"],
        owner=["State (assumed)", "State (assumed)"],
        status=["released", "promised"],
        release_date=[date(2027, 1, 1), date(2031, 1, 1)],
    )


def _tie_ins() -> gpd.GeoDataFrame:
    """Points on the existing road where the sources say a service comes from; no capacity was granted, none given."""
    north, middle, south = (ROAD.interpolate(f, normalized=True) for f in (0.72, 0.5, 0.28))
    return _layer(
        "tie_in_id",
        [middle, north, south, middle, south],
        tie_in_id=["T-road", "T-power", "T-water", "T-fibre", "T-sewer"],
        kind=["road", "power", "water", "fibre", "sewer"],
        capacity=[np.nan] * 5,
        capacity_unit=[None, "MVA", "m3/day", None, "m3/day"],
        available_date=[START, None, None, None, None],
        owner=["State", "ONEE", "DAWEC", None, None],
        letter=[None] * 5,
    )


def brief() -> Brief:
    """The programme, drawn from the aims of the founding text; targets are assumed, facilities asked by number."""
    return Brief(
        title={
            "en": "Illustrative programme of the Dakhla pole",
            "fr": "Programme illustratif du pôle de Dakhla",
            "ar": "برنامج توضيحي لقطب الداخلة",
        },
        town="12.391.01.01",
        targets=TARGETS,
        facilities=FACILITIES,
        criteria=(
            Criterion(measure="capacity.dwellings", better="more"),
            Criterion(measure="form.green_per_inhabitant_m2_per_people", better="more"),
            Criterion(measure="capacity.jobs", better="more"),
            Criterion(measure="cost.cost_per_dwelling", better="less"),
            Criterion(measure="uptake.years_to_fill", better="less"),
        ),
        notes={
            "en": "Illustrative: outline drawn by hand; the real outline and brief are not public.",
            "fr": "Illustratif : périmètre dessiné à la main ; les vrais ne sont pas publics.",
            "ar": "توضيحي: حدود مرسومة باليد؛ الحدود والبرنامج الحقيقيان غير منشورين.",
        },
    )


def _actors() -> pd.DataFrame:
    """Projects around the pole as the sources state them; jobs, beds and dwellings are not stated."""
    columns = ("actor_id", "name", "kind", "owner", "place", "date", "firmness", "source")
    here = "El Argoub"
    substation, desalination = date(2024, 6, 30), date(2025, 12, 31)
    rows = [
        ("port", "Dakhla Atlantique port, 650 ha", "port", None, here, None, "announced", PORT),
        ("port-logistics", "Logistics zone of the port, 1,000 ha", "logistics", None, here, None, "announced", PORT),
        ("substation", SUBSTATION, "substation", "ONEE", "El Argoub (PK40)", substation, "committed", ONEE),
        ("desalination", DESALINATION, "desalination", "DAWEC (PPP)", "Dakhla", desalination, "committed", DAWEC),
        ("tourism", "Tourist zone PK26-PK36", "tourist zone", None, here, None, "announced", PLANNING_DOCUMENTS),
        ("tourism-study", "Tourist zone study, 50 ha", "tourist zone", "Region", here, None, "announced", TOURISM),
        ("university", "International university, 120 ha", "university", None, here, None, "announced", UNIVERSITY),
        ("logistics", "West Africa logistics zone, 45 ha", "logistics", "Region", here, None, "announced", LOGISTICS),
    ]
    return pd.DataFrame(rows, columns=columns).assign(jobs=np.nan, beds=np.nan, dwellings=np.nan).set_index("actor_id")


def _commitments() -> pd.DataFrame:
    """What the sources say was promised; the land release is assumed, so that the example has one."""
    columns = ("id", "object", "debtor", "creditor", "quantity", "unit", "amount", "promised_date", "status", "source")
    water = "Drinking water for Dakhla and surroundings; the share of the pole is not stated"
    works = "Off-site works and structuring facilities"
    zone = "Logistics zone to go with the new urban pole"
    land = "Release of the north-eastern parcel (illustrative)"
    onee, state = "ONEE, Region, APDS, ministry", "State (assumed)"
    power, later = date(2024, 6, 30), date(2031, 1, 1)
    rows = [
        ("offsite-works", works, "Al Omrane", "partners", None, None, None, None, "committed", FOUNDING),
        ("power-pk40", SUBSTATION, onee, "port and pole", 1, "substation", 148e6, power, "committed", ONEE),
        ("water", water, "DAWEC (PPP)", "Dakhla", 7e6, "m3/year", None, date(2025, 12, 31), "committed", DAWEC),
        ("logistics", zone, "Region", "El Argoub", 45, "ha", 150e6, None, "wished", LOGISTICS),
        ("land-north-east", land, state, "partners", None, None, None, later, "wished", ASSUMED),
    ]
    return pd.DataFrame(rows, columns=columns).set_index("id")


def pole(plans: list[Plan]) -> Pole:
    """The pole as a record, ready to be written."""
    return Pole(
        folder=None,
        name={
            "en": "Dakhla pole (illustrative)",
            "fr": "Pôle de Dakhla (illustratif)",
            "ar": "قطب الداخلة (توضيحي)",
        },
        crs=CRS,
        start_date=START,
        pack="ma",
        pack_date=PACK_DATE,
        partners=(
            {"id": "al_omrane", "role": "public developer", "name": "Al Omrane"},
            {"id": "developers", "role": "economic interest group", "name": "Group of private developers"},
        ),
        site=site(),
        brief=brief(),
        actors=_actors(),
        commitments=_commitments(),
        values=load_pack("ma").at(PACK_DATE),
        plans={plan.name: (lambda plan=plan: plan) for plan in plans},
    )
