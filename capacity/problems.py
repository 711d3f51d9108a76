"""Every code of the quality report in Chinese: what a planner calls it, and how to mend it."""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, tuple[str, str]]] = {
    "config.cannot_open": ("设置文件打不开", "写对 area.toml 的路径,并把它存为 UTF-8 编码。"),
    "config.syntax": ("设置文件格式有误", "按 TOML 格式修改 area.toml:文字加引号,方括号成对。"),
    "config.chinese_quotes": ("设置文件用了中文引号", '把 area.toml 中的中文引号改为英文引号 "。'),
    "config.full_width": (
        "设置文件用了全角符号",
        "把 area.toml 中引号以外的全角等号、逗号、括号、空格改为半角。",
    ),
    "config.backslash": ("路径用了反斜杠", "把 area.toml 中路径的反斜杠改为正斜杠(/)。"),
    "config.given_twice": ("设置项重复", "在 area.toml 中同一设置项只留一行。"),
    "config.date": ("日期写法有误", "日期写作四位年-两位月-两位日,如 2025-06-30,不加引号。"),
    "config.chinese_key": (
        "设置项用了中文名",
        "设置项和表名用英文,改为详情所写的英文名;中英文对照见 area.toml 的说明。",
    ),
    "config.no_such_date": ("日期不存在", "改为实有的日期,如 2025-12-31。"),
    "config.missing_key": ("缺少必填设置", "在 area.toml 中补上所缺的设置项。"),
    "config.unknown_key": ("设置项不存在", "把 area.toml 中的设置项改为提示中的相近名称,或删去。"),
    "config.value": ("设置值有误", "把 area.toml 中该设置改为提示中列出的取值。"),
    "config.misplaced_key": (
        "设置项与文件类型不符",
        "栅格用 bands,表格和矢量图层用 columns,删去不适用的设置。",
    ),
    "study_area.type": (
        "研究区类型不符",
        "改正 study_area.type 或 study_area.code,使研究区层级高于各单元。",
    ),
    "study_area.other_region": (
        "单元代码属于其他地区",
        "改正 study_area.code,或删去不属本区的单元。",
    ),
    "study_area.root_has_parent": (
        "研究区单元另有上级",
        "在 study_area.code 中填最上级单元的代码。",
    ),
    "study_area.norms": (
        "选不到适用标准",
        "用 --on 日期 指定标准的日期,data_date 不必改;城市没有标准的,用 --norms 加标准文件,或改 city。",
    ),
    "file.missing": ("文件不存在", "改正 area.toml 中该数据的 file 路径。"),
    "file.empty": ("文件是空的", "文件没有内容:重新导出或另存后再试。"),
    "file.suffix": (
        "文件后缀与内容不符",
        "工作簿的后缀改为 .xlsx,并改正 file;不是工作簿的另存为 CSV。",
    ),
    "file.cannot_open": ("文件打不开", "检查文件是否完整、有无密码、后缀是否正确,另存后再试。"),
    "file.kind": ("文件类型不支持", "把文件另存为支持的格式,如 .xlsx、.csv、.gpkg。"),
    "file.remote": ("不是本机文件", "先下载或解压到本机,再在 file 中填文件路径。"),
    "file.archive": ("压缩包", "先解压,再在 file 中填解压后的文件。"),
    "file.outside": (
        "链接到文件夹之外",
        "在 file 中直接写实际路径,或把文件复制到 area.toml 所在文件夹。",
    ),
    "file.unsafe": ("文件含不安全内容", "用可信的软件打开后另存或转换格式,再使用。"),
    "file.too_large": ("文件过大", "删去表格以外的多余行列(Ctrl+End 可定位),或另存为 CSV。"),
    "file.encoding": ("编码无法识别", "在 Excel 或 WPS 中另存为「CSV UTF-8」。"),
    "file.encoding_doubtful": ("编码存疑", "核对名称有无乱码;有则另存为 UTF-8,或改正 .cpg 文件。"),
    "file.encoding_used": ("所用编码", "核对名称有无乱码;没有就不必修改。"),
    "layer.which": (
        "未指明图层或波段",
        "在该数据的 layer 中写明图层名或工作表名;人口栅格在 population.bands 中写明波段。",
    ),
    "layer.missing": ("图层或波段不存在", "把 layer 或 bands 改为文件中已有的图层或波段。"),
    "layer.filtered_out": ("筛选后无记录", "改正该数据的筛选条件 where。"),
    "layer.nearly_kept": ("筛选疑有遗漏", "统一原表写法,或把这些写法加进该数据的 where。"),
    "layer.empty": (
        "图层无记录",
        "检查文件;确无设施时删去该图层,在 study_area.services 中写上该类别。",
    ),
    "layer.rows": ("读取与采用行数", "核对行数是否与原表一致;一致就不必修改。"),
    "layer.left_out": (
        "未采用的行",
        "核对这些行是否确应略去,不应略去则改正 where 或原表;规划、在建的自投用日期起计入以后各阶段。",
    ),
    "layer.no_source": ("未注明来源或年份", "在该数据中补写 description(来源)和 year(年份)。"),
    "layer.year": (
        "数据年份不符",
        "换用与数据日期相符的数据,或改正 year 或 study_area.data_date。",
    ),
    "layer.elsewhere": (
        "图层与单元不在一处",
        "检查该数据和单元图层的 datum 及文件坐标系,确认是同一地区。",
    ),
    "columns.missing": ("缺少字段", "在该数据的 columns 中改为文件里已有的字段名。"),
    "columns.ambiguous": ("字段不唯一", "在该数据的 columns 中写明用哪一个字段。"),
    "columns.later_year": (
        "人口字段的年份晚于数据日期",
        "确用该年份的人口就在该数据的 columns 中写明该字段;不用就写成空。",
    ),
    "columns.earlier_year": (
        "人口字段的年份过早",
        "换用与数据日期相符的人口数据;确用该年份就在该数据的 columns 中写明该字段。",
    ),
    "columns.several_years": (
        "各年龄组人口年份不一",
        "确可合用就在该数据的 columns 中逐一写明;否则换用同一年份的数据。",
    ),
    "columns.duplicate": ("字段重名", "在原表中给重名的字段改名。"),
    "columns.recognised": ("已识别字段", "核对识别的字段是否正确;不正确则在 columns 中写明。"),
    "columns.unread": ("未读取的字段", "有用的字段在该数据的 columns 中写明;都用不上就不必修改。"),
    "columns.unread_status": (
        "疑似未读取的运营状态",
        "是运营状态就在 columns 中设 status 为该字段;不是就把 status 设为空。",
    ),
    "columns.unread_dates": (
        "疑似未读取的投用日期",
        "是投用日期就在 columns 中设 opened 为该字段;不是就把 opened 设为空。",
    ),
    "columns.unread_size": (
        "疑似未读取的规模",
        "是该规模就在 columns 中写明该字段;不是就把提示中的键设为空。",
    ),
    "columns.unread_coordinates": (
        "经纬度写在同一列",
        "用「数据—分列」把该列分为经度、纬度两列,并写明坐标基准 datum。",
    ),
    "columns.garbled": (
        "字段名疑为乱码",
        "用 Excel 或 WPS 按原编码(如繁体 Big5)打开,文字正常后另存为「CSV UTF-8」。",
    ),
    "columns.unit": ("字段单位不符", "改正表头中的单位,或换用正确的字段。"),
    "columns.unit_of_note": ("表头注有单位", "把单位写进该字段的表头,如「常住人口(万人)」。"),
    "raster.no_position": ("栅格无位置信息", "先给栅格配准,使其带有位置和坐标系。"),
    "crs.missing": (
        "未说明坐标系",
        "在该数据的 datum 中写明坐标来源:高德、腾讯为 gcj02,百度为 bd09,GPS 为 wgs84,天地图、国家2000 为 cgcs2000,或写 EPSG 代码。",
    ),
    "crs.datum": ("坐标无法转换", "矢量先转为经纬度再用 datum 说明;格网改用加偏以前的原始数据。"),
    "crs.contradiction": ("坐标系说法矛盾", "删去该数据的 datum,或改正文件自带的坐标系。"),
    "crs.geographic": ("应为投影坐标系", "把 study_area.crs 改为以米为单位的投影坐标系。"),
    "crs.web_mercator": (
        "不宜用墨卡托投影",
        "把 study_area.crs 改为 CGCS2000 三度带等投影坐标系。",
    ),
    "crs.not_metres": ("坐标系单位不是米", "把 study_area.crs 改为以米为单位的投影坐标系。"),
    "crs.metres_as_degrees": (
        "米制坐标误作经纬度",
        "在该数据的 datum 中写明坐标实际所用的投影坐标系。",
    ),
    "crs.degrees_as_metres": (
        "经纬度误作米制坐标",
        "在该数据的 datum 中写明坐标实际所用的经纬度坐标系。",
    ),
    "crs.out_of_range": (
        "坐标超出坐标系范围",
        "文件带坐标系的,在文件中改正(QGIS「指定投影」);不带的,在该数据的 datum 中写明。",
    ),
    "crs.swapped": (
        "经纬度颠倒",
        "全部颠倒的,把 columns 中的 x 和 y 对调;只有所列各行颠倒的,在原表中对调这些行。",
    ),
    "crs.null_island": ("坐标为0,0", "重新定位这些行,或把两个坐标都留空。"),
    "crs.other_zone": ("投影带或带号不符", "把该数据的 datum 改为坐标实际所在的投影带。"),
    "crs.far_away": ("坐标远离研究区", "带上城市名重新定位这些行;不属本地的则删去。"),
    "crs.rounded": ("坐标小数位过少", "坐标至少写四位小数,或把两个坐标都留空。"),
    "crs.degrees_minutes": ("坐标为度分秒", "把坐标改写为十进制度:度+分/60+秒/3600。"),
    "crs.other_datum": (
        "坐标基准疑有误",
        "若数据确由高德、腾讯(gcj02)、百度(bd09)或 GPS(wgs84)取得,按「可写」改 datum;坐标须为经纬度。",
    ),
    "crs.datum_unsaid": (
        "坐标基准待确认(暂按 WGS 84)",
        (
            "请问清坐标来源,在该数据的 datum 中写明:高德、腾讯为 gcj02,百度为 bd09,GPS 为 wgs84,"
            "天地图、国家2000 为 cgcs2000;写明后不再询问。"
        ),
    ),
    "crs.mixed_datums": (
        "同一名单混有不同坐标基准",
        (
            "在 area.toml 中把该文件写两次,各用 where 筛出同一坐标基准的行,各写各的 datum"
            "(高德、腾讯为 gcj02,百度为 bd09,GPS 为 wgs84)。"
        ),
    ),
    "crs.datums_may_mix": (
        "同一名单可能混有不同坐标基准",
        (
            "请问清各行坐标来源,在表中加一列「来源」,再在 area.toml 中把该文件写两次,各用 where "
            "筛出同一来源的行,各写各的 datum;只写一个 datum,另一部分必错。"
        ),
    ),
    "crs.datum_fits": ("坐标基准相符", "坐标基准与其他数据相符,不必修改。"),
    "crs.datum_untested": (
        "坐标基准无法检验",
        "在该数据 columns 的 unit 中写明各行所属单元的字段,以便检验坐标基准;或在已知坐标基准的地图上核对几点。",
    ),
    "crs.datum_undecided": (
        "其他坐标基准同样吻合",
        "点太少或离单元边界太远,分不出坐标基准(吻合比例见详情):请在已知坐标基准的地图上核对几点。",
    ),
    "crs.datum_alone": (
        "单元的坐标基准无从对照",
        "请在已知坐标基准的地图上核对几处单元边界;设施表写明各行所属单元的,可据以检验。",
    ),
    "crs.wide": ("研究区过宽", "把研究区分成几部分,各用所在的投影带分别评估。"),
    "crs.distorts": ("坐标系变形过大", "删去 study_area.crs,或改用当地的 CGCS2000 三度带。"),
    "crs.used": ("计算所用坐标系", "核对坐标系是否合适;不合适则在 study_area.crs 中写明。"),
    "table.not_a_number": ("不是数字", "单元格只写数字(可带该字段的单位);不清楚的留空。"),
    "table.other_unit": (
        "单元格单位与表头不符",
        "按表头的单位改写该数;或去掉表头中的单位,每格都写明单位。",
    ),
    "table.not_finite": ("数字过大", "改正数字;不清楚的留空。"),
    "table.fraction": ("应为整数", "改写为整数,千分位不要用点;单位不是一个一个的,在表头写明单位。"),
    "table.negative": ("负数", "改正负数;不清楚的留空。"),
    "table.not_a_flag": (
        "不是「是/否」",
        "改写为「是」或「否」(1/0、√/× 亦可);不清楚的留空。",
    ),
    "table.not_a_date": (
        "不是日期",
        "改写为 2025-12-31、2025-12 或 2025 这样的日期;43709 这样的数是 Excel 存成数字的日期,把该列设为日期格式。",
    ),
    "table.mangled_code": ("代码被改成科学计数", "把该列设为文本格式,重新录入代码。"),
    "table.short_code": ("代码位数不足", "核对代码是否缺位;统计代码为 6、9 或 12 位。"),
    "table.header_row": ("表头所在行", "核对表头所在行;不对则在 header_row 中写明。"),
    "table.no_header": ("找不到表头", "把 header_row 改为表头实际所在的行。"),
    "table.two_row_header": (
        "两行表头",
        "在 header_row 中写明表头各行,如 [3, 4],即逐列合并;或把表头合为一行,每列一个名称。",
    ),
    "table.total_row": (
        "合计行含义不明",
        "删去这些合计、小计或「其中」行;若不是合计,请改用其他名称。",
    ),
    "table.wrong_total": ("合计与各行之和不符", "核对合计数与各行数字,改正有误的一方。"),
    "table.remark": ("备注行", "核对略去的是否只是备注;是就不必修改。"),
    "table.separator": ("分隔符", "核对各列是否读对;读对就不必修改。"),
    "table.quotes": ("引号未闭合", "补全引号,单元格内的引号写两次;或另存为 .xlsx。"),
    "table.long_rows": ("单元格多于表头", "给含分隔符的单元格加引号,或另存为 .xlsx。"),
    "table.merged": ("合并单元格已填充", "核对合并单元格填充后的值;无误就不必修改。"),
    "table.merged_number": ("数字跨行合并", "取消合并,每行各填自己的数字。"),
    "table.hidden_rows": ("含隐藏行", "隐藏行若不应计入,删去或用 where 筛掉。"),
    "table.formula": ("公式没有结果", "在 Excel 或 WPS 中打开并保存,使公式有结果。"),
    "table.cell_error": ("单元格错误值", "改正出错的公式;不清楚的留空。"),
    "table.about": ("约数", "有准确数的改写为准确数。"),
    "table.unknown_word": ("以文字表示空缺", "确实没有的写 0;不清楚的留空。"),
    "table.converted": ("单位已换算", "核对换算后的数值;无误就不必修改。"),
    "table.hidden_characters": ("含不可见字符", "删去名称或代码中的不可见字符。"),
    "table.long_text": ("文字过长", "检查是否少了引号或分隔符。"),
    "units.empty_code": ("单元缺代码", "给每个单元填写代码。"),
    "units.duplicate_code": ("单元代码重复", "给每个单元各自的代码;同一单元的几块合并为一行。"),
    "units.unknown_type": ("单元类型不明", "把类型改为街道、乡镇、社区、村等已知的类型。"),
    "units.no_type": (
        "缺少单元类型",
        "整层同一类型时写 units.type,否则在 units.columns.type 中指明类型字段。",
    ),
    "units.type_of_code": ("类型取自代码", "核对由代码判断的类型;不对则写 units.type 或类型字段。"),
    "units.type_against_code": ("类型与代码不符", "核对并改正单元的类型或代码。"),
    "units.type_against_name": ("类型与名称不符", "核对并改正单元的代码、类型或名称。"),
    "units.parent_by_name": ("上级按名称匹配", "核对按名称匹配的上级;不对则改填上级代码。"),
    "units.parent_of_code": (
        "上级取自代码",
        "核对由代码判断的上级;不对则在 units.columns.parent 中指明上级字段。",
    ),
    "units.unknown_parent": (
        "上级单元不存在",
        "补上上级单元的图层,或设 units.parent_type 自动生成,或改正上级代码。",
    ),
    "units.parent_cycle": ("上下级循环", "改正上级代码,使上下级不再循环。"),
    "units.parent_tier": ("上级层级不对", "改正上级代码,上级的层级应高于本单元。"),
    "units.outside_parent": ("单元超出上级范围", "改正上级代码或边界,并检查两个图层的坐标系。"),
    "units.no_geometry": ("单元缺边界", "补画边界,或把这些单元另放一张表。"),
    "units.not_polygons": ("单元不是面", "换用面图层。"),
    "units.invalid_polygon": ("单元边界无效", "在 QGIS 中「修复几何」后核对边界。"),
    "units.overlap": ("单元重叠", "改正重叠的边界,或改正单元类型。"),
    "units.sliver": ("单元边界轻微重叠", "清理边界,使相邻单元不再重叠。"),
    "units.main_urban_unknown": (
        "是否主城区不明",
        "填写 main_urban 字段,或在 units.main_urban 中为整层说明。",
    ),
    "population.no_data": (
        "人口格网无数据",
        '换用覆盖全区的数据;无数据即无人时,设 population.no_data = "zero"。',
    ),
    "population.undeclared_no_data": (
        "未声明的无数据值",
        "在栅格中把该数声明为无数据值(QGIS「转换格式」);确为人数的不必修改。",
    ),
    "population.negative": ("人口为负", "改正人口数据中的负数。"),
    "population.not_finite": ("人口数无效", "改正人口数据中无效的数字。"),
    "population.dense": (
        "人口密度过高",
        '检查坐标系,并核对数值是每格人数;若是每平方公里人数,设 population.kind = "density"。',
    ),
    "population.group_exceeds": (
        "分龄人口超过总人口",
        "核对波段或字段是否写反,分龄人口与总人口是否同一年份、同一来源、同一单位。",
    ),
    "population.dwellings_as_people": (
        "户数当作人口",
        "该字段若是户数或套数,把 population.columns.population 改为 population.columns.dwellings。",
    ),
    "population.few_people": (
        "人口数据人数过少",
        (
            'population.kind = "density" 只用于每平方公里人数;以万人计的改填人数;确实人少的,'
            "设 study_area.sparsely_populated = true。"
        ),
    ),
    "population.doubled_cells": (
        "格网重复或重叠",
        "每个格网只留一行,或把重复的相加;若由两个图层合并而成,只留其中一个。",
    ),
    "population.repeated_rows": ("人口数据疑有重复行", "若是同一批人口或住宅,只留一行。"),
    "population.off_lattice": (
        "点不在格网中心",
        "改正 population.cell_size;点不是格网中心时删去该设置。",
    ),
    "population.no_place": (
        "人口数据无位置",
        "在 population.columns.x 和 population.columns.y 中指明坐标字段。",
    ),
    "population.no_geometry": ("部分人口记录无位置", "补全这些记录的坐标或边界,或删去这些行。"),
    "population.not_polygons": ("人口格网混有点", "人口数据只用一种:全用面或全用点。"),
    "population.invalid_polygon": ("人口格网面无效", "在 QGIS 中「修复几何」后核对格网。"),
    "population.outside_units": (
        "单元以外的人口",
        "人数多时,检查单元边界是否完整、坐标系是否正确。",
    ),
    "population.in_overlaps": ("单元重叠处的人口", "消除单元边界的重叠。"),
    "population.on_borders": ("单元边界上的人口", "边界上的人口由相邻单元平分,不必修改。"),
    "population.resolution": ("人口格网分辨率", "格子不宽于最小的服务半径,不必修改。"),
    "population.coarse": ("人口格网太粗", "计算服务圈宜换用更细的人口格网。"),
    "units.gaps": ("单元之间有缝隙", "补上缺少的单元,填补缝隙,或改正上级边界。"),
    "facilities.no_amount": ("设施缺规模数据", "补填设施规模(床位、面积等);不清楚的留空。"),
    "compounds.no_amount": ("小区缺养老用房面积", "补填现有养老用房面积;确实没有的填 0。"),
    "population.unit_not_covered": (
        "人口数据未覆盖整个单元",
        '换用覆盖整个单元的数据;无数据即无人时,设 population.no_data = "zero"。',
    ),
    "population.no_number": (
        "人口数缺失",
        '补填数字;空白即无人时填 0,或设 population.no_data = "zero"。',
    ),
    "population.nobody": ("单元内无人口", "检查人口数据是否覆盖这些单元、坐标系是否正确。"),
    "population.none": ("没有人口数据", "在 area.toml 中补上 [population] 或 [[census]]。"),
    "population.no_column": (
        "缺少总人口字段",
        "把总人口字段命名为 population,或在 population.columns.population 中指明。",
    ),
    "population.not_a_count": ("人口数无效", "改正人口数;不清楚的格网删去,并在报告中说明。"),
    "population.no_total": (
        "只有住房没有人口总数",
        "补上官方总数 [[census]],或设 parameters.persons_per_household。",
    ),
    "population.density_of_points": (
        "点数据不能按密度计",
        '点若是格网中心,设 population.cell_size;否则设 population.kind = "count"。',
    ),
    "population.corners": ("坐标疑为格网角点", "若坐标是格网左下角,x 和 y 各加半个格网。"),
    "population.half_cell": (
        "坐标偏半个格网",
        "坐标改用格网中心;坐标无误时删去数组的 GeoTransform 属性。",
    ),
    "population.not_a_layer": ("不是人口图层", "改为提供人口格网、GeoDataFrame 或 xarray 数组。"),
    "census.no_unit": ("官方总数缺单元代码", "补填单元代码,或删去该行。"),
    "census.unknown_unit": ("官方总数的单元代码不存在", "改正单元代码,或用 where 筛掉该行。"),
    "census.unit_by_name": ("官方总数按名称对应单元", "核对所列名称对应的单元,或填写单元代码。"),
    "figures.unit_by_name": ("指标按名称对应单元", "核对所列名称对应的单元,或填写单元代码。"),
    "census.duplicate_unit": ("官方总数单元重复", "官方总数每个单元只留一行。"),
    "census.given_twice": ("官方总数重复给出", "同一总数只留在一个图层中。"),
    "census.group_exceeds": ("官方总数中部分大于整体", "核对各字段是否颠倒、是否同一次普查。"),
    "census.in_ten_thousands": ("官方总数疑以万人计", "若以万人计,在表头写明「万人」,或改填人数。"),
    "census.too_many_people": (
        "官方总数过大",
        "若数字为人数,去掉表头中的「万人」;否则更正数字或单元类型。",
    ),
    "census.scaled_exceeds": (
        "校准后部分大于整体",
        "补充分龄人口或常住人口的官方总数,并核对两者年份与来源是否一致。",
    ),
    "census.few_people": (
        "官方总数过小",
        (
            "核对是否为人数:以万人计的在表头写明「万人」,户数改填人数;确实人少的,"
            "设 study_area.sparsely_populated = true。"
        ),
    ),
    "census.shares": ("分龄人口填成占比", "占比乘以总人口,改填人数;以万人计的在表头写明「万人」。"),
    "census.people": (
        "人口取自官方总数",
        "要计算服务圈,补上 [population] 图层和单元边界;否则不必修改。",
    ),
    "census.scaled": (
        "按官方总数校准",
        "系数悬殊时核对 population.kind、单位和年份;否则不必修改。",
    ),
    "census.spread": ("官方总数的分配", "按分布数据分配,不必修改;有分龄格网时可补上。"),
    "census.shares_kept": (
        "分龄人口随总人口校准",
        "分龄人口随总人口校准,不必修改;有分龄总数时可补上。",
    ),
    "census.extreme_factor": ("校准系数悬殊", "逐一核对这些单元的边界、人口分布和官方总数。"),
    "census.disagrees": (
        "上下级官方总数不一致",
        "核对下级单元是否齐全、是否同一年份,改正其中一个总数。",
    ),
    "census.no_pattern": ("有总数而分布数据无人", "换用在这些单元有人的人口数据,或改正官方总数。"),
    "census.no_total": ("单元无官方总数", "补上这些单元或其上级单元的官方总数。"),
    "census.not_scaled": ("未能校准", "补全这些单元的官方总数、边界或人口数据。"),
    "census.assumed_whole": (
        "总数全部分给了列出的单元",
        "核对下级单元是否齐全,并补充该普查单元的边界。",
    ),
    "census.beside_units": (
        "总数中有人不在下级单元",
        "补全下级单元的边界,使总数中的人都有所属单元。",
    ),
    "sites.no_limit": ("未给设施数或投资上限", "给出新建设施数,或投资上限和造价字段。"),
    "sites.number": ("参数不是有效数字", "改为提示中要求的数字。"),
    "sites.share": ("覆盖比例有误", "改为 0 到 1 之间的数。"),
    "sites.size": ("设施规模有误", "规模填大于 0 的整数,下限不大于上限。"),
    "sites.unknown_group": ("人口数据无此人群", "改为人口数据已有的人群字段。"),
    "sites.unknown_unit": ("单元代码不存在", "改为单元图层中已有的代码。"),
    "sites.no_cost": ("有投资上限而无造价", "写明候选点造价所在的字段。"),
    "sites.more_than_candidates": ("设施数多于候选点", "减少设施数,或补充候选点。"),
    "sites.fewer_than_required": ("设施数少于必选点", "增加设施数,或减少必选点。"),
    "sites.budget_below_required": ("投资不足以建必选点", "提高投资上限,或减少必选点。"),
    "sites.nobody_in_reach": (
        "候选点够不到任何人",
        "核对候选点与人口是否在同一地区,以及服务半径。",
    ),
    "sites.out_of_reach": ("部分居民够不到任何候选点", "需要覆盖这些居民时,在其附近补充候选点。"),
    "sites.share_out_of_reach": ("覆盖比例达不到", "在未覆盖处补充候选点,或降低覆盖比例。"),
    "sites.places_out_of_reach": ("建到最大也满足不了", "补充候选点,提高规模上限,或降低比例。"),
    "candidates.none": ("没有候选点", "给出地块或闲置用房,或在区内均匀布点。"),
    "candidates.unknown": ("候选点编号不存在", "改正必选和排除的编号,或补上候选点。"),
    "candidates.required_and_excluded": ("候选点既必选又排除", "从必选或排除中删去其一。"),
    "candidates.no_column": ("候选点或设施缺字段", "写明该数据所在的字段,或补上字段。"),
    "candidates.not_a_cost": ("造价或规模有误", "每行填不小于 0 的数。"),
    "siting.none": (
        "没有方案设置",
        "在 area.toml 中加 siting 表,写明 siting.norms 和 siting.build。",
    ),
    "siting.no_norm": ("方案没有选定标准", "在 siting.norms 中列出要满足的标准编号。"),
    "siting.norm_twice": ("标准重复列出", "siting.norms 中每个标准只列一次。"),
    "siting.unknown_norm": ("标准编号不存在", "把 siting.norms 中的编号改为提示中的相近编号。"),
    "siting.norm_kind": (
        "新增设施解决不了该标准",
        "从 siting.norms 中删去该标准;按小区配建的标准填在 siting.compounds.norm。",
    ),
    "siting.share": (
        "覆盖比例有误",
        "把 siting.share 和 siting.shares 改为大于 0、不超过 1 的数。",
    ),
    "siting.no_share": ("未定覆盖比例", "在 siting.share 中填要求覆盖的人口比例。"),
    "siting.no_build": ("未定可建设施", "加一个 siting.build 表,写明类别和规模上下限。"),
    "siting.build": (
        "规模上下限有误",
        "改正 siting.build.minimum 和 siting.build.maximum:下限大于 0,上限不小于下限。",
    ),
    "siting.word": (
        "方案设置用词有误",
        "把 siting.build 中的类别、类型、运营方式改为提示中的取值。",
    ),
    "siting.objective": ("方案目标有误", "改正 siting.objective,或给 siting.build 补上该项数量。"),
    "siting.negative": (
        "造价或指标为负",
        "把 siting.build 和 siting.compounds 中的造价、面积、距离等改为不小于 0 的数。",
    ),
    "siting.number": (
        "方案参数超出范围",
        "改正 siting.spacing_m、siting.time_limit_s、siting.gap 等数值。",
    ),
    "siting.both": (
        "必选与排除或上限矛盾",
        "核对 siting.required、siting.excluded 和 siting.maximum_facilities,去掉互相矛盾的部分。",
    ),
    "siting.unknown_candidate": (
        "候选点编号不存在",
        "把 siting.required 和 siting.excluded 中的编号改为候选点表中的编号。",
    ),
    "siting.forbidden": (
        "必选候选点在禁建区内",
        "从 siting.required 中删去该点,或改正 siting.forbidden。",
    ),
    "siting.too_small": (
        "必选候选点面积不足",
        "降低 siting.build.minimum,或改正候选点面积,或不再必选。",
    ),
    "siting.no_candidate": (
        "没有可用的候选点",
        "补充候选点,或减小 siting.spacing_m 或 siting.build.minimum。",
    ),
    "siting.nothing_counts": (
        "可建设施都不计入该标准",
        "按该标准的要求改正 siting.build 的类型、运营方式、规模,或在缺口单元内补充候选点。",
    ),
    "siting.share_out_of_reach": (
        "要求的覆盖比例达不到",
        "补充候选点或减小 siting.spacing_m,或降低 siting.share;方案只做到候选点所能达到的比例。",
    ),
    "siting.check": ("方案未通过校核", "这是程序的错误,请连同数据一并反馈。"),
    "siting.no_compounds": (
        "没有可排序的小区",
        "补充小区表(compounds),并在 siting.compounds.norm 填每百户面积标准的编号。",
    ),
    "siting.no_cost": ("缺每平方米造价", "给每种取得方式填每平方米造价。"),
    "scenario.cannot_read": ("情景文件读不出", "存为 UTF-8 编码的 TOML 文件。"),
    "scenario.key": ("情景设置项不存在", "改为提示中的设置项。"),
    "scenario.name": ("情景重名", "给每个情景不同的名称。"),
    "scenario.date": ("情景日期有误", "把日期写成 2027-12-31 的形式,不加引号。"),
    "scenario.growth": ("增长系数有误", "系数写成大于 0 的数,如 1.05 表示增加 5%。"),
    "scenario.growth_table": (
        "分单位增长表有误",
        "用 UTF-8 编码的 CSV 表:一列单位代码,各人群一列系数,每个单位一行。",
    ),
    "scenario.unit": (
        "增长表中的单位有误",
        "填研究区内的单位代码,并只用同一层级(街道乡镇,或社区村)。",
    ),
    "scenario.proposals": ("情景引用的方案读不出", "填选址方案文件夹中的新增设施表(CSV)。"),
    "candidates.duplicate_id": ("候选点编号重复", "给每个候选点各自的编号。"),
    "candidates.unknown_acquisition": ("取得方式不明", "改为购置、置换、租赁或新建,不清楚的留空。"),
    "candidates.no_place": (
        "候选点无位置",
        "补上坐标,或填写所属单元(candidates.columns.unit),或删去该行。",
    ),
    "candidates.no_geometry": ("候选点缺坐标", "补上候选点的坐标;没有坐标的不能选用。"),
    "candidates.outside_units": ("候选点在单元以外", "核对坐标和坐标基准;不属本地的删去。"),
    "candidates.unknown_unit": ("候选点所属单元代码不存在", "改正所属单元代码;单元重名时填代码。"),
    "candidates.unit_read": (
        "候选点所属单元按代码补零或地名后缀识别",
        "核对识别的单元;不对则改填所属单元代码。",
    ),
    "candidates.other_unit": (
        "候选点所属单元与位置不符",
        "先核对坐标基准 datum,再改正所属单元代码或坐标。",
    ),
    "forbidden.no_geometry": ("禁建区缺图形", "补画缺少的禁建区。"),
    "forbidden.not_polygons": ("禁建区不是面", "换成面图层。"),
    "forbidden.invalid_polygon": ("禁建区面无效", "在 QGIS 中「修复几何」后核对禁建区。"),
    "facilities.unknown_service": (
        "设施类别不明",
        "改为已知的设施类别,或在 facilities.service_values 中说明对照。",
    ),
    "facilities.unknown_type": (
        "设施类型不明",
        "改为已知的设施类型,或在 facilities.type_values 中说明对照。",
    ),
    "facilities.type_of_other_service": ("设施类型与类别不符", "改正这些行的设施类别或设施类型。"),
    "facilities.unknown_operator": (
        "运营方式不明",
        "改为公办、公建民营、民办公助、民办普惠或民办,或在 facilities.operator_values 中说明对照。",
    ),
    "facilities.inclusive_contradiction": ("普惠标识矛盾", "改正运营方式或「是否普惠」字段。"),
    "facilities.unknown_status": (
        "运营状态不明",
        "改为运营、在建、规划或停业,或在 facilities.status_values 中说明对照。",
    ),
    "facilities.same_name": (
        "同名设施疑为同一处",
        "若是同一处只留一行;整份名单偏移的,先写明其坐标基准(datum);若是两处,给各自的名称,如加「(东区)」。",
    ),
    "facilities.common_names": (
        "多处同名,视为连锁或通名",
        "一般不必修改;若为重复录入,每处只留一行。",
    ),
    "facilities.coarse_date": (
        "日期只到年或月",
        "把日期写到日,或填写数据日期时的运营状态。",
    ),
    "facilities.status_against_dates": (
        "运营状态与日期矛盾",
        "按数据日期时的实际情况改正运营状态或日期。",
    ),
    "facilities.closed_before_opened": ("关停早于投用", "改正投用日期和关停日期,二者可能颠倒。"),
    "facilities.unknown_condition": (
        "场地条件不明",
        "改为已知的场地条件,见 facilities.columns.condition 的说明。",
    ),
    "facilities.duplicates": (
        "疑似重复设施",
        '每组重复只留一行,或设 parameters.duplicates = "first"。',
    ),
    "compounds.duplicates": (
        "疑似重复小区",
        '每组重复只留一行,或设 parameters.duplicates = "first"。',
    ),
    "facilities.duplicate_id": ("设施编号重复", "若是同一设施只留一行;不是则给各自的编号。"),
    "facilities.no_places": ("托育设施缺托位数", "补填托位数(facilities.columns.places)。"),
    "facilities.no_land_area": (
        "养老设施缺用地面积",
        "补填用地面积(facilities.columns.land_area)。",
    ),
    "facilities.one_point": ("多个设施同一坐标", "按完整地址重新定位;同在一处的不必修改。"),
    "compounds.one_point": ("多个小区同一坐标", "按完整地址重新定位;同在一处的不必修改。"),
    "facilities.at_centre": (
        "设施位于单元中心",
        "按完整地址重新定位;定位不了的把坐标留空,只填所属单元。",
    ),
    "compounds.at_centre": (
        "小区位于单元中心",
        "按完整地址重新定位;定位不了的把坐标留空,只填所属单元。",
    ),
    "facilities.open_and_not": (
        "疑似同一设施状态矛盾",
        "核实数据日期时是否运营,改正其中一行的运营状态或日期。",
    ),
    "facilities.implausible": ("设施规模存疑", "核对设施规模的数字和单位。"),
    "compounds.implausible": ("小区规模存疑", "核对小区户数、人口、面积的数字和单位。"),
    "facilities.no_place": (
        "设施无位置",
        "补上坐标,或填写所属单元(facilities.columns.unit),或删去该行。",
    ),
    "facilities.no_geometry": ("设施缺坐标", "补上设施的坐标;无坐标的不计覆盖。"),
    "facilities.margin": (
        "设施读取范围小于标准的服务距离",
        "把 facilities.margin_m 加大到提示的米数以上,或删去该键(读取全部设施)。",
    ),
    "facilities.outside_units": ("设施在单元以外", "核对坐标和坐标基准;不属本地的删去。"),
    "facilities.unknown_unit": ("设施所属单元代码不存在", "改正所属单元代码;单元重名时填代码。"),
    "facilities.unit_read": (
        "设施所属单元按代码补零或地名后缀识别",
        "核对识别的单元;不对则改填所属单元代码。",
    ),
    "facilities.other_unit": (
        "设施所属单元与位置不符",
        "先核对坐标基准 datum,再改正所属单元代码或坐标。",
    ),
    "facilities.between_units": (
        "设施落在单元缝隙中",
        "填补单元之间的缝隙,或改正设施的坐标或所属单元。",
    ),
    "compounds.duplicate_id": ("小区编号重复", "若是同一小区只留一行;不是则给各自的编号。"),
    "compounds.no_households": ("小区缺户数", "补填户数(compounds.columns.households)。"),
    "compounds.old_unknown": (
        "小区是否老旧不明",
        "设 parameters.old_compound_built_before,或填写是否老旧小区;缺建成年份的补填。",
    ),
    "compounds.built_year": ("小区建成年份有误", "改正建成年份;不清楚的留空。"),
    "compounds.no_place": (
        "小区无位置",
        "补上坐标,或填写所属单元(compounds.columns.unit),或删去该行。",
    ),
    "compounds.no_geometry": ("小区缺坐标", "补上小区的坐标。"),
    "compounds.outside_units": ("小区在单元以外", "核对坐标和坐标基准;不属本地的删去。"),
    "compounds.unknown_unit": ("小区所属单元代码不存在", "改正所属单元代码;单元重名时填代码。"),
    "compounds.unit_read": (
        "小区所属单元按代码补零或地名后缀识别",
        "核对识别的单元;不对则改填所属单元代码。",
    ),
    "compounds.other_unit": (
        "小区所属单元与位置不符",
        "先核对坐标基准 datum,再改正所属单元代码或坐标。",
    ),
    "compounds.between_units": (
        "小区落在单元缝隙中",
        "填补单元之间的缝隙,或改正小区的坐标或所属单元。",
    ),
    "figures.no_unit": ("指标缺单元代码", "补填单元代码,或删去该行。"),
    "figures.unknown_unit": ("指标的单元代码不存在", "改正单元代码,或用 where 筛掉该行。"),
    "figures.duplicate_unit": ("指标单元重复", "指标每个单元只留一行。"),
    "figures.given_twice": ("指标重复给出", "同一指标只留在一个图层中。"),
    "allocation.not_an_amount": ("数值无效", "改正数值:需求、容量和次序不得为负、缺失或无穷大。"),
    "points.from_polygons": (
        "以面内一点定单元",
        "所属单元按面内一点判定,可达性量到面的边界;合适就不必修改。",
    ),
    "points.entrances": (
        "多点作为各出入口",
        "多点视为同一处的各出入口;不是同一处的,每行只给一个点。",
    ),
    "points.not_points": ("不是点", "每行只给一个点。"),
    "walking.drive_network": (
        "机动车路网",
        '换用步行路网;确无其他道路时,设 walking.columns.highway = ""。',
    ),
    "walking.missing_length": (
        "边缺长度",
        '以米补填边长度,或设 walking.columns.length = "" 按线形量算。',
    ),
    "walking.bad_length": ("边长度为负或无穷", "改正负数或无穷大的边长度。"),
    "walking.zero_length": (
        "边长度为零",
        '改正为零的边长度,或设 walking.columns.length = "" 按线形量算。',
    ),
    "walking.length_unit": (
        "边长度单位不是米",
        '把边长度换算为米,或设 walking.columns.length = "" 按线形量算。',
    ),
    "walking.too_short": (
        "边长度短于两端直线距离",
        '改正边长度,或设 walking.columns.length = "" 按线形量算。',
    ),
    "walking.no_length": ("无长度的边(已略去)", "已略去,不影响结果,不必修改。"),
    "walking.no_geometry": ("边缺线形", "补画线形或障碍的面,或给出节点表 walking.nodes。"),
    "walking.not_lines": ("不是线", "换用线图层,多部件的线先拆成单线。"),
    "walking.not_polygons": ("障碍不是面", "障碍 walking.barriers 换用面图层。"),
    "walking.invalid_polygon": ("障碍面无效", "在 QGIS 中「修复几何」后核对障碍面。"),
    "walking.unknown_node": ("边的端点不明", "补全节点表 walking.nodes 和边表中的端点。"),
    "walking.islands_left_out": (
        "孤立小路网(已略去)",
        "有路相通的补画连线;最小规模由 walking.minimum_component 设定。",
    ),
    "walking.disconnected": ("路网不连通", "检查缺少的桥梁和未接上的线头,补画连线。"),
    "walking.cache_damaged": (
        "路网缓存已损坏",
        "已重新读取并整理路网、重写缓存,不必修改;屡次出现时检查磁盘。",
    ),
    "walking.cache_foreign": (
        "不是路网缓存",
        "在 walking.cache 中另填文件夹,或另填以 .npz 结尾的文件名。",
    ),
    "walking.cache_not_written": (
        "路网缓存写不进去",
        "walking.cache 换用可写的文件夹,或删去该设置;结果不受影响。",
    ),
    "walking.missing_ascent": (
        "边缺爬升高度",
        "补填从起点到终点的爬升米数,平路填 0,或不填 walking.columns.ascent。",
    ),
    "walking.steep": (
        "爬升高度超过边长度",
        "walking.columns.ascent 一列改为从起点到终点的爬升米数,下坡为负。",
    ),
    "walking.no_effect": (
        "路网无此数据,设置不起作用",
        "补上过街或爬升字段(walking.columns.crossing、walking.columns.ascent),或删去该设置。",
    ),
    "walking.people_off": ("居民不在路网附近", "换用覆盖全区并略超出边界的步行路网。"),
    "walking.facilities_barred": (
        "设施被障碍隔断",
        "核对设施坐标和障碍 walking.barriers,或补画通往设施的路。",
    ),
    "walking.facilities_off": ("设施不在路网附近", "核对设施坐标,并检查路网是否覆盖其周边。"),
    "template.cannot_open": ("表样打不开", "用 Excel 或 WPS 另存为 .xlsx,不带密码和宏。"),
    "template.protected": ("表样受保护", "在副本中撤销工作表和工作簿保护,填好后再加保护。"),
    "template.would_be_lost": (
        "表样中有填表时保不住的内容",
        "在副本中删去图片、图表或扩展的条件格式和数据验证,填好后再放回。",
    ),
    "template.no_names": (
        "表样没有可填的单元格名称",
        "选中单元格,在公式栏左侧的名称框中写上 cap_ 开头的名称并回车。",
    ),
    "template.unknown_name": (
        "单元格名称所指的内容不存在",
        "按结果中图层字典的字段名改正单元格名称。",
    ),
    "template.reference": (
        "单元格名称所指的区域不对",
        "在名称管理器中删去该名称,或让它指向一个单元格(各单位的行指向一列)。",
    ),
    "template.no_rows": (
        "该表没有唯一的单位行区域",
        "选中各单位所在的单元格(一列),命名为 cap_rows_street 等,每张表一个。",
    ),
    "template.unknown_unit": (
        "表样中的单位对不上",
        "改写为单位代码或全称,合计行不放在单位行区域内。",
    ),
    "template.rows": ("表样缺少单位的行", "在单位行区域内补足行数,每个单位一行。"),
    "template.occupied": (
        "单元格不能填写",
        "从该单元格移走公式或多余的名称,合并单元格只命名左上角的一格。",
    ),
    "template.output": (
        "填好的表没有合适的文件名",
        "换一个以 .xlsx 结尾、与表样和其他结果都不同的文件名。",
    ),
    "planned.no_date": ("规划项目没有投用日期", "填写投用日期;无日期的项目不计入任何阶段。"),
    "planned.open": ("规划项目名单中有已运营的", "移到设施名单;设施名单中已有的,从规划名单删去。"),
    "planned.same_id": (
        "规划项目与已运营设施编号相同",
        "该设施已投用的,删去规划行;另建的项目改用新编号;扩建的只填新增规模。",
    ),
    "facilities.said_not_open": (
        "名称或备注称已停业或未建成",
        "在运营状态一列写明停业、在建、规划,或删去这些行;确在运营的不必修改。",
    ),
    "facilities.planned_date": (
        "计划投用日期已到而无状态",
        "用 facilities.columns.status 注明是否已投用;不注明的按已运营计入。",
    ),
    "compare.not_a_result": ("不是结果文件夹", "给出评估时写出的结果文件夹。"),
    "compare.unreadable": ("结果文件读不出", "用当年的数据重新评估一次。"),
    "compare.other_layout": (
        "结果由其他版本写出",
        "用当年的数据和本版本重新评估一次。",
    ),
    "compare.incomplete": ("结果文件夹缺文件", "用当年的数据重新评估一次。"),
    "compare.edited": (
        "结果文件写出后被改过",
        "用当年的数据重新评估一次,不要改动结果。",
    ),
    "compare.columns": ("结果表的列不符", "用当年的数据重新评估一次。"),
    "compare.other_area": (
        "两份结果不是同一地区",
        "比较同一地区的两份结果,或统一 study_area.code。",
    ),
    "compare.other_city": ("两份结果适用不同城市的标准", "两次都用同一城市的标准评估。"),
    "compare.no_common_norms": ("两份结果没有共同的标准", "两次评估用相同的选项。"),
    "compare.norms_left_out": ("有标准只在一份结果中评估", "两次评估用相同的选项,再比较。"),
    "compare.order": ("原结果晚于现结果", "若不是有意为之,对调两个文件夹。"),
    "compare.same_date": ("两份结果数据时点相同", "人口和设施的差异都计入数据,不必修改。"),
    "compare.units": ("两期单元代码不同", "只是代码变了的,两次用相同代码;确有增减的不必修改。"),
    "compare.boundaries": ("单元边界有变化", "用新边界把旧年份重新评估一次,再比较。"),
    "compare.undated": (
        "设施只在一份名单中且无日期",
        "填投用日期;停业的设施留在名单中并填停业日期。",
    ),
    "compare.other_figures": (
        "设施数据不同,扩建或更正无法区分",
        "比较时用选项说明是扩建还是更正。",
    ),
    "parts.failed": (
        "有分区没有算成",
        "按提示排除原因后加 --resume 再运行,已算成的分区保留,只补算缺的。",
    ),
    "parts.changed": (
        "数据、标准或版本已变,不能续算",
        "去掉 --resume 重新计算。",
    ),
    "parts.no_cluster": (
        "连不上 Dask 集群",
        "先启动调度器或核对地址,只用本机时写 --dask local。",
    ),
    "extra.missing": (
        "缺少可选组件",
        "运行下面的命令安装;不能上网时,先在能上网的机器上用 pip download 下载这些包,再加 --no-index --find-links 文件夹 安装。",
    ),
    "output.exists": (
        "输出文件夹已有内容",
        "换一个新的或空的文件夹;以前的结果可加 --overwrite 替换。",
    ),
    "output.no_parent": ("输出文件夹的上级不存在", "先建好上级文件夹,或改正路径。"),
    "parts.folder": ("分区文件夹已被占用", "换一个结果文件夹名称,或自行移走该文件夹。"),
    "parts.stopped": (
        "分区计算中断",
        "确认集群在运行后再运行;指定了文件夹的,加 --resume 只补算缺的分区。",
    ),
    "parts.damaged": ("分区结果文件已损坏", "加 --resume 再运行,只重算损坏的分区。"),
    "parts.unwritable": (
        "分区文件夹写不进去",
        "腾出磁盘空间或换一个文件夹后再运行;原文件夹仍在的,加 --resume 只补算缺的分区。",
    ),
}
"""Code → (问题, 改法): what it is called in Chinese, a few words without a full stop, and what to do,
one sentence that names the key of area.toml where there is one."""
