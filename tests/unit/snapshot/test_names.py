"""Names: what people call a resource."""

from __future__ import annotations

import pytest

from pathmend.snapshot.names import LONGEST_NAME, named
from tests.builders import a_subnet, a_world


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ((("Name", "WebApp-ALB1-a"),), "WebApp-ALB1-a (subnet-alb-a)"),
        ((("Name", "subnet-alb-a"),), "subnet-alb-a"),
        ((("Name", " "),), "subnet-alb-a"),
        ((("Tier", "Load Balancer"),), "subnet-alb-a"),
        ((("Name", "x" * 300),), f"{'x' * LONGEST_NAME} (subnet-alb-a)"),
    ],
)
def test_the_name_tag_comes_first_and_the_id_behind_it(tags, said):
    """Without a name there is the id alone; a name of a page is cut."""
    assert named(a_world(a_subnet(tags=tags)), "subnet-alb-a") == said


def test_what_was_not_read_has_only_its_id():
    """An id without its resource is said as it is."""
    assert named(a_world(), "subnet-gone") == "subnet-gone"
