"""Made-up findings of the other communes: a year of changes, the same on every machine.

Where each commune stands on 10/4/2023 is set by hand (`STANDINGS`); how it came there is drawn from a
fixed seed. Values agree with the known levels of Bắc Trung Bộ and with the status beside them.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from simple_history.utils import bulk_create_with_history

from communes.enums import CommuneKind
from communes.models import Commune, User
from criteria.enums import AssessmentSource, Status
from criteria.models import Assessment, AssessmentChange, CriteriaSet, SubItem, SubItemPlan
from tasks.demo.frame import CAO_SON, CRITERIA_SET, DISTRICT, FIRST_DAY, LAST_DAY, moment, working_days

SEED = 2023

# Criteria met on 10/4/2023 and on the first day, by commune.
STANDINGS = {
    "17332": (9, 7),  # Thọ Sơn
    "17335": (10, 8),  # Thành Sơn
    "17338": (7, 6),  # Bình Sơn
    "17341": (11, 8),  # Tam Sơn
    "17344": (14, 10),  # Đỉnh Sơn
    "17347": (15, 11),  # Hùng Sơn
    "17350": (13, 10),  # Cẩm Sơn
    "17353": (17, 13),  # Đức Sơn
    "17356": (16, 12),  # Tường Sơn
    "17357": (19, 15),  # Hoa Sơn
    "17359": (12, 9),  # Tào Sơn
    "17362": (17, 14),  # Vĩnh Sơn
    "17365": (15, 12),  # Lạng Sơn
    "17368": (13, 9),  # Hội Sơn
    "17371": (14, 11),  # Thạch Sơn
    "17374": (11, 9),  # Phúc Sơn
    "17377": (16, 13),  # Long Sơn
    "17380": (15, 11),  # Khai Sơn
    "17383": (19, 16),  # Lĩnh Sơn
}


@dataclass(frozen=True)
class Fall:
    """A sub-item that was met and no longer is."""

    code: str
    day: date
    reason: str


FALLS = {
    "17341": Fall("10.1", date(2023, 1, 31), "Thu nhập bình quân năm 2022 thấp hơn mức của năm 2023."),
    "17365": Fall("13.1", date(2022, 11, 24), "Hợp tác xã dịch vụ nông nghiệp ngừng hoạt động từ tháng 10/2022."),
    "17374": Fall("9.1", date(2022, 10, 20), "Đợt mưa lũ tháng 9/2022 làm hư hỏng nhà ở của 06 hộ."),
    "17380": Fall("17.6", date(2023, 3, 22), "Bãi tập kết rác của xã quá tải, rác ở 02 thôn chưa được thu gom."),
}

# Sub-items that nobody has looked at yet; their criteria are therefore not met.
UNASSESSED = {"17332": ("17.12", "15.4"), "17338": ("17.11", "17.12", "13.5"), "17359": ("17.12",), "17374": ("15.4",)}

NO_CRAFT_VILLAGE = frozenset(STANDINGS) - {"17344", "17353", "17356", "17357", "17383"}

# How often a criterion is among those not met: roads, income, production and environment come last everywhere.
WEIGHTS = {2: 6, 5: 4, 6: 4, 7: 2, 9: 3, 10: 5, 11: 4, 12: 4, 13: 6, 15: 4, 16: 1, 17: 9, 18: 3}
MOST_UNMET = {17: 4, 13: 2, 2: 3, 18: 2}


@dataclass(frozen=True)
class Measure:
    """The range of values of a sub-item that is met, and of one that isn't."""

    met: tuple[float, float]
    not_met: tuple[float, float]


MEASURES = {
    "2.1": Measure((95, 100), (70, 88)),
    "2.2": Measure((80, 95), (48, 72)),
    "2.3": Measure((85, 100), (55, 78)),
    "2.4": Measure((70, 90), (40, 62)),
    "3.1": Measure((82, 96), (64, 78)),
    "4.2": Measure((98.2, 100), (93, 97.5)),
    "6.3": Measure((100, 100), (75, 92)),
    "9.2": Measure((82, 95), (66, 78)),
    "11.1": Measure((4, 8), (11, 18)),
    "12.1": Measure((73, 80), (58, 67)),
    "12.2": Measure((27, 35), (16, 22)),
    "14.2": Measure((88, 96), (70, 82)),
    "15.1": Measure((92, 97), (80, 88)),
    "15.3": Measure((15, 20), (24, 28)),
    "15.4": Measure((52, 70), (22, 46)),
    "16.1": Measure((85, 100), (60, 75)),
    "17.2": Measure((95, 100), (70, 85)),
    "17.4": Measure((2.1, 4.5), (0.8, 1.8)),
    "17.6": Measure((85, 96), (60, 78)),
    "17.7": Measure((100, 100), (82, 96)),
    "17.8": Measure((86, 96), (62, 80)),
    "17.9": Measure((80, 92), (55, 70)),
    "17.10": Measure((100, 100), (85, 97)),
    "17.11": Measure((32, 55), (12, 27)),
    "17.12": Measure((70, 88), (35, 55)),
    "18.3": Measure((100, 100), (80, 80)),
}
# The required income rises each year.
INCOME = {2022: Measure((39.5, 45), (33, 38)), 2023: Measure((42.5, 49), (36, 41))}
BOTH_SEXES = frozenset({"12.1", "12.2", "14.2", "15.1"})
# Sub-items measured in parts only: part → values.
PARTS = {
    "5.1": {"toi-thieu": Measure((100, 100), (100, 100)), "muc-do-1": Measure((75, 100), (25, 45))},
    "17.1": {"chung": Measure((92, 99), (80, 88)), "cap-nuoc-tap-trung": Measure((22, 40), (5, 14))},
}

REASONS_MET = (
    "Kiểm tra thực tế tại xã, đủ điều kiện đạt.",
    "Xã bổ sung đủ hồ sơ, minh chứng; đã đối chiếu.",
    "Kết quả rà soát quý, đạt yêu cầu.",
)
WORKS = frozenset(range(2, 10))  # criteria of built things
REASONS_BUILT = (
    "Công trình hoàn thành, đã nghiệm thu và đưa vào sử dụng.",
    "Kiểm tra thực tế công trình, đủ điều kiện đạt.",
)
REASONS_PROGRESS = ("Cập nhật theo báo cáo của xã.", "Số liệu rà soát cuối năm.", "Số liệu rà soát quý.")

OFFICIALS = {
    "KTHT": "Công chức Địa chính - Xây dựng",
    "TNMT": "Công chức Địa chính - Môi trường",
    "NNPTNT": "Công chức Địa chính - Nông nghiệp",
    "VHTT": "Công chức Văn hóa - Xã hội",
    "LDTBXH": "Công chức Văn hóa - Xã hội",
    "GDDT": "Hiệu trưởng các trường trên địa bàn",
    "YT": "Trạm trưởng Trạm Y tế xã",
    "NV": "Công chức Văn phòng - Thống kê",
    "CCTK": "Công chức Văn phòng - Thống kê",
    "TP": "Công chức Tư pháp - Hộ tịch",
    "CA": "Trưởng Công an xã",
    "BCHQS": "Chỉ huy trưởng Ban Chỉ huy Quân sự xã",
}
SOLUTIONS = (
    "Huy động nhân dân đóng góp ngày công, hiến đất; lồng ghép vốn chương trình.",
    "Phân công từng đồng chí trong Ban Chỉ đạo phụ trách thôn, kiểm tra hằng tháng.",
    "Lập danh sách, vận động từng hộ; báo cáo phòng, ban hướng dẫn khi vướng mắc.",
    "Đăng ký kinh phí năm 2023, thi công trong quý II.",
)
PLANNED = (
    date(2023, 1, 31),
    date(2023, 3, 31),
    date(2023, 5, 31),
    date(2023, 6, 30),
    date(2023, 9, 30),
    date(2023, 12, 15),
)


@dataclass(frozen=True)
class Step:
    """One finding in the life of a sub-item."""

    at: datetime
    status: Status
    value: Decimal | None
    part_values: dict[str, str]
    reason: str


@dataclass
class Outline:
    """Which sub-items of a commune are unmet at the end, and which were at the beginning."""

    last: set[str] = field(default_factory=set)
    first: set[str] = field(default_factory=set)


def load() -> None:
    """Give the other communes their year, unless somebody has already recorded findings there."""
    communes = Commune.objects.filter(authority__code=DISTRICT, kind=CommuneKind.XA, valid_to__isnull=True)
    others = communes.exclude(code=CAO_SON).order_by("code")
    if Assessment.objects.filter(commune__in=others).exists():
        return
    Maker(Random(SEED)).make(list(others))  # noqa: S311 made-up figures, no secrets
    others.update(is_demonstration=True)


class Maker:
    """Draws the findings, their changes and the plans of all communes and saves them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        criteria_set = CriteriaSet.objects.get_by_natural_key(CRITERIA_SET)
        self.sub_items = list(
            SubItem.objects.of_set(criteria_set).select_related("criterion").prefetch_related("departments")
        )
        self.codes_by_criterion: dict[int, list[str]] = defaultdict(list)
        for sub_item in self.sub_items:
            self.codes_by_criterion[sub_item.criterion.number].append(sub_item.code)
        self.people = {user.username: user for user in User.objects.filter(authority__code=DISTRICT)}
        self.days = working_days(FIRST_DAY + timedelta(days=21), LAST_DAY - timedelta(days=1))

    def make(self, communes: list[Commune]) -> None:
        assessments: list[Assessment] = []
        changes: list[AssessmentChange] = []
        plans: list[SubItemPlan] = []
        for commune in communes:
            outline = self.outline(commune.code)
            for sub_item in self.sub_items:
                if sub_item.code not in UNASSESSED.get(commune.code, ()):
                    assessment, life = self.records(commune, sub_item, self.life(commune, sub_item, outline))
                    assessments.append(assessment)
                    changes.extend(life)
                if sub_item.code in outline.last and self.random.random() < 0.6:
                    plans.append(self.plan(commune, sub_item))
        Assessment.objects.bulk_create(assessments)
        AssessmentChange.objects.bulk_create(changes)
        bulk_create_with_history(
            plans, SubItemPlan, default_user=self.people["huyen"], default_date=moment(FIRST_DAY, 15)
        )

    # Which

    def outline(self, commune: str) -> Outline:
        """Choose the unmet sub-items so that the criteria met come out as `STANDINGS` says."""
        at_end, at_start = STANDINGS[commune]
        total = len(self.codes_by_criterion)
        fall = FALLS.get(commune)
        forced = {number_of(code) for code in UNASSESSED.get(commune, ())}
        fallen = {number_of(fall.code)} if fall else set()
        # A fallen criterion was met at the start, so that one more must have been missing then.
        last = self.choose(total - at_end, forced | fallen)
        first = self.choose(total - at_start, last - fallen, without=fallen)
        outline = Outline()
        for number in sorted(first | last):
            codes = self.candidates(commune, number)
            if number in fallen and fall:
                outline.last.add(fall.code)
                continue
            chosen = set(self.random.sample(codes, self.random.randint(1, min(len(codes), MOST_UNMET.get(number, 1)))))
            if number in last:
                outline.last |= chosen
                # Something was reached in this criterion meanwhile, though not all.
                chosen = chosen | {self.random.choice(codes)}
            outline.first |= chosen
        missing = set(UNASSESSED.get(commune, ()))
        outline.last |= missing
        outline.first |= missing
        return outline

    def choose(self, count: int, given: set[int], without: frozenset[int] | set[int] = frozenset()) -> set[int]:
        """Return `count` criteria, those `given` among them, the rest drawn by their weights."""
        chosen = set(given)
        while len(chosen) < count:
            open_ones = [number for number in WEIGHTS if number not in chosen and number not in without]
            chosen.add(self.random.choices(open_ones, [WEIGHTS[number] for number in open_ones])[0])
        return chosen

    def candidates(self, commune: str, number: int) -> list[str]:
        return [
            code
            for code in self.codes_by_criterion[number]
            if code not in UNASSESSED.get(commune, ()) and not (code == "13.4" and commune in NO_CRAFT_VILLAGE)
        ]

    # How it came

    def life(self, commune: Commune, sub_item: SubItem, outline: Outline) -> list[Step]:
        """Return the findings of one sub-item in the order of time."""
        code, fall = sub_item.code, FALLS.get(commune.code)
        if code == "13.4" and commune.code in NO_CRAFT_VILLAGE:
            reason = "Trên địa bàn xã không có làng nghề, làng nghề truyền thống."
            return [Step(self.at(FIRST_DAY), Status.NOT_APPLICABLE, None, {}, reason)]
        first = Status.NOT_MET if code in outline.first else Status.MET
        last = Status.NOT_MET if code in outline.last else Status.MET
        steps = [self.step(code, FIRST_DAY, first, "Rà soát lần đầu theo Bộ tiêu chí giai đoạn 2021 - 2025.")]
        if fall and code == fall.code:
            return [*steps, self.step(code, fall.day, Status.NOT_MET, fall.reason)]
        if first != last:
            day = self.random.choice(self.days)
            if self.random.random() < 0.3 and day > FIRST_DAY + timedelta(days=120):
                steps.append(self.step(code, FIRST_DAY + timedelta(days=91), first, self.pick(REASONS_PROGRESS)))
            steps.append(
                self.step(code, day, last, self.pick(REASONS_BUILT if number_of(code) in WORKS else REASONS_MET))
            )
        elif is_measured(code) and self.random.random() < 0.5:
            steps.append(self.step(code, self.random.choice(self.days), last, self.pick(REASONS_PROGRESS)))
        if code == "10.1" and steps[-1].at < moment(date(2023, 1, 1)):
            reason = "Kết quả điều tra thu nhập năm 2022, so với mức của năm 2023."
            steps.append(self.step(code, date(2023, 2, 10), last, reason))
        return steps

    def step(self, code: str, day: date, status: Status, reason: str) -> Step:
        value, part_values = self.values(code, status, day.year)
        return Step(self.at(day), status, value, part_values, reason)

    def at(self, day: date) -> datetime:
        """A moment of the working day."""
        return moment(day, self.random.randint(8, 16), self.random.randrange(60))

    def pick(self, texts: tuple[str, ...]) -> str:
        return self.random.choice(texts)

    def values(self, code: str, status: Status, year: int) -> tuple[Decimal | None, dict[str, str]]:
        """Return the value and the part values that fit `status`."""
        if code in PARTS:
            return None, {part: str(self.draw(measure, status)) for part, measure in PARTS[code].items()}
        if not is_measured(code):
            return None, {}
        value = self.draw(INCOME[year] if code == "10.1" else MEASURES[code], status)
        if code not in BOTH_SEXES:
            return value, {}
        apart = Decimal(self.random.randint(2, 15)) / 10
        return None, {"nam": str(value + apart), "nu": str(value - apart)}

    def draw(self, measure: Measure, status: Status) -> Decimal:
        low, high = measure.met if status == Status.MET else measure.not_met
        return Decimal(str(round(self.random.uniform(low, high), 1)))

    # As records

    def records(
        self, commune: Commune, sub_item: SubItem, steps: list[Step]
    ) -> tuple[Assessment, list[AssessmentChange]]:
        assessment = Assessment(commune=commune, sub_item=sub_item, version=len(steps))
        changes: list[AssessmentChange] = []
        for version, step in enumerate(steps, 1):
            before = changes[-1] if changes else None
            by, source = self.author(sub_item, version)
            changes.append(
                AssessmentChange(
                    assessment=assessment,
                    at=step.at,
                    by=by,
                    from_status=before.status if before else "",
                    from_value=before.value if before else None,
                    status=step.status,
                    value=step.value,
                    part_values=step.part_values,
                    reason=step.reason,
                    source=source,
                    version=version,
                )
            )
        newest = changes[-1]
        assessment.changed_at, assessment.changed_by = newest.at, newest.by
        for name in ("status", "value", "part_values", "reason", "source"):
            setattr(assessment, name, getattr(newest, name))
        return assessment, changes

    def author(self, sub_item: SubItem, version: int) -> tuple[User, AssessmentSource]:
        """The first review is the office's; later the departments with an account speak for their sector."""
        department = next(iter(sub_item.departments.all())).code
        username = {"NV": "noivu", "NNPTNT": "nongnghiep"}.get(department)
        if version > 1 and username:
            return self.people[username], AssessmentSource.DEPARTMENT
        return self.people["huyen"], AssessmentSource.OFFICER

    def plan(self, commune: Commune, sub_item: SubItem) -> SubItemPlan:
        department = next(iter(sub_item.departments.all())).code
        return SubItemPlan(
            commune=commune,
            sub_item=sub_item,
            official=f"{OFFICIALS[department]} (minh họa)",
            planned_on=self.random.choice(PLANNED),
            solution=self.pick(SOLUTIONS),
        )


def number_of(code: str) -> int:
    """The criterion's number in a sub-item's code."""
    return int(code.split(".", maxsplit=1)[0])


def is_measured(code: str) -> bool:
    return code in MEASURES or code in PARTS or code == "10.1"
