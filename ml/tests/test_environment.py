from agent0_ml import environment


def test_this_environment_holds_what_requirements_in_asks_for():
    wanted = environment.wanted_packages(environment.REQUIREMENTS.read_text())
    assert wanted["torch"] == "2.13."
    assert environment.problems(wanted) == []
    assert environment.torch_works() is None


def test_a_missing_package_and_a_wrong_version_are_each_named():
    found = environment.problems({"no-such-package-agent0": "", "torch": "1.0."})
    assert found[0] == "no-such-package-agent0 is not installed"
    assert found[1].startswith("torch is 2.13")


def test_comments_and_blank_lines_ask_for_nothing():
    assert environment.wanted_packages("# why\n\ntorch==2.13.*  # cpu\nnumpy\n") == {"torch": "2.13.", "numpy": ""}
