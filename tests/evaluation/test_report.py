from talking_face import markdown
from talking_face.evaluation.report import comparison_tables


def test_tables_show_what_is_not_known_as_a_dash():
    assert markdown.table(["a", "b"], [(1, 2)]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert "| SSIM | - |" in comparison_tables({"still photo": {"psnr": 1.0}})
