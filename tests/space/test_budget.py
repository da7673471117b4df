from facefit.space.budget import UNLIMITED, Budget


def test_a_budget_says_what_it_limits():
    assert not UNLIMITED and str(UNLIMITED) == ""
    assert str(Budget(3.5e6, 40e6, 14)) == "3.5 M parameters, 40 M multiply-accumulates, 14 MB"
    assert Budget(megabytes=0.0) and str(Budget(macs=5e5)) == "0.5 M multiply-accumulates"
    assert Budget(macs=5e5).to_json() == {"max_parameters": None, "max_macs": 5e5, "max_megabytes": None}
