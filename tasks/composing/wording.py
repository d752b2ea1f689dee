"""The sentences of a new draft: the wording of the notice of UBND huyện Anh Sơn of 05/4/2023, and the data.

Nothing else: what the office says of a commune, it writes itself.
"""

from tasks.tokens import ATTENDEES_TOKEN, BASIS_TOKEN, CHAIR_TOKEN, PROGRESS_TOKEN, SESSION_TOKEN

SUBJECT = "Kết luận của đồng chí {chair} tại phiên làm việc với {unit} về xây dựng {kind} nông thôn mới"

OPENING = (
    f"{SESSION_TOKEN}, đồng chí {CHAIR_TOKEN} tổ chức phiên làm việc với {{unit}} về xây dựng {{kind}} nông thôn mới.",
    f"Tham dự phiên làm việc có các đồng chí {ATTENDEES_TOKEN}.",
    "Sau khi kiểm tra thực tế một số địa điểm trên địa bàn {kind}; nghe lãnh đạo {unit} báo cáo kết quả, tiến độ xây "
    "dựng {kind} nông thôn mới, các khó khăn, vướng mắc, kiến nghị, đề xuất của địa phương (tại Báo cáo số "
    f"{BASIS_TOKEN}) và các ý kiến thảo luận tại Hội nghị, đồng chí {CHAIR_TOKEN} kết luận như sau:",
)

RESULTS = "MỘT SỐ KẾT QUẢ NỔI BẬT"
PROGRESS = f"Đến nay {{kind}} đã hoàn thiện được {PROGRESS_TOKEN} theo {{criteria_set}}."
SINCE_LAST_TIME = "Kết quả thực hiện Thông báo số {sign} ngày {issued_on}:"

SHORTCOMINGS = "VỀ TỒN TẠI, HẠN CHẾ"

TASKS = "NHIỆM VỤ THỜI GIAN TỚI"
UNMET = "Đến nay, {unit} còn nhiều việc phải khẩn trương thực hiện để đạt {kind} nông thôn mới như:"
FOR_DEPARTMENTS = "Đối với các phòng, đơn vị cấp {level}:"
OF_DEPARTMENTS = (
    "Phải nắm rõ các nội dung tiêu chí {kind} nông thôn mới và có trách nhiệm hướng dẫn, giúp đỡ {unit} trong việc "
    "thực hiện các nội dung, tiêu chí do phòng, ngành phụ trách;",
    "Tích cực tham mưu các giải pháp lãnh đạo, chỉ đạo các nội dung, tiêu chí nói chung và các nội dung, tiêu chí "
    "thuộc phòng, ngành, đơn vị phụ trách nói riêng.",
)
FOR_COMMUNE = "Nhiệm vụ của Đảng ủy, UBND {unit}:"
OF_COMMUNE = (
    "Phân công cán bộ, công chức phụ trách từng nội dung, từng tiêu chí {kind} nông thôn mới, đồng thời kiểm soát tiến "
    "độ thực hiện các nội dung, tiêu chí của cán bộ và công chức phụ trách;",
    "Định kỳ hàng tháng (ngày 15 hàng tháng) báo cáo kết quả thực hiện về UBND {level} (qua Phòng Nông nghiệp và "
    "PTNT).",
)

PROPOSALS = "VỀ CÁC Ý KIẾN, KIẾN NGHỊ, ĐỀ XUẤT"

CLOSING = (
    f"Trên đây là kết luận của đồng chí {CHAIR_TOKEN} tại phiên làm việc với {{unit}}, Ủy ban nhân dân {{level}} thông "
    "báo để các phòng, ban, ngành, Ban Chỉ đạo các Chương trình mục tiêu quốc gia {level}, UBND {kind}, BCĐ, BQL NTM "
    "{unit} và đơn vị liên quan biết, triển khai thực hiện nghiêm túc, hiệu quả."
)

DEPARTMENTS_ATTEND = "thành viên Ban Chỉ đạo các Chương trình mục tiêu quốc gia {level} thuộc các phòng, đơn vị"
COMMUNE_ATTENDS = (
    "Bí thư Đảng ủy",
    "Chủ tịch UBND",
    "thành viên Ban Chỉ đạo các Chương trình mục tiêu quốc gia {unit}",
)
RECIPIENTS = (
    "TT Huyện ủy (b/c)",
    "TT HĐND huyện (b/c)",
    "Chủ tịch, các PCT UBND huyện",
    "TV BCĐ các Chương trình MTQG huyện",
    "Các phòng, ban, ngành liên quan",
    "Đảng ủy, UBND {unit}",
    "Lưu: VT",
)
