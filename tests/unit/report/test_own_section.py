"""A section of the report is two files: one that reads its data, and its template."""

import pytest
from unit.report.rendered import words
from unit.report.small_run import REAL, small_run

from yiju.report import page, sections
from yiju.report.page_sections import known_sections
from yiju.report.templates import environment

READER = """
from yiju.report.page_sections import Section

SECTION = Section(name="own_seed", title="Own seed", place=45, read=lambda inputs, settings, run: {value})
"""
TEMPLATE = '<section id="own_seed"><h2>Own seed</h2><p>The seed was {{ own_seed }}, and nothing else.</p></section>\n'


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A function that adds the two files, and gives the page with them."""

    def page_with(name, value):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}_section.py").write_text(READER.format(value=value), encoding="utf-8")
        (folder / "own_seed.html").write_text(TEMPLATE, encoding="utf-8")
        monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(folder)])
        monkeypatch.setattr(page, "environment", lambda own: environment(own, folder))
        return page.render(page.gather(small_run(tmp_path), tmp_path / "nowhere", REAL))

    return page_with


def test_two_files_are_a_section_of_the_menu_and_of_the_page(added):
    html = added("there", 'settings["seed"]')
    assert '<li><a href="#own_seed">Own seed</a></li>' in html
    assert "The seed was 1, and" in words(html)
    # Between the study, which this run has not, and the folds.
    assert html.index('id="calibration"') < html.index('id="own_seed"') < html.index('id="members"')


def test_without_data_it_is_left_out(added):
    html = added("absent", None)
    assert "own_seed" not in html and "Own seed" not in html


def test_every_section_has_a_template_and_a_place_of_its_own():
    known = known_sections()
    assert len({one.place for one in known}) == len({one.name for one in known}) == len(known) >= 5
    for one in known:
        assert f'id="{one.name}"' in (page.Path(page.__file__).parent / f"{one.name}.html").read_text(encoding="utf-8")
