# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sphinx' settings for the reference that tools/docs builds from argument specs and DOCUMENTATION."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

project = "photosync.vps"
copyright = "the photosync.vps authors"
html_title = html_short_title = "photosync.vps"

extensions = ["sphinx_antsibull_ext"]
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
default_role = "any"
nitpicky = True

html_theme = "sphinx_ansible_theme"
html_theme_options = {"topbar_links": {}}
html_show_sphinx = False
html_use_index = False
html_copy_source = False

# Every page links to a few of Ansible's own. To find them Sphinx would fetch a list of pages over the network.
ANSIBLE = "https://docs.ansible.com/ansible-core/2.19/"
PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
BUILTIN = re.compile(r"ansible_collections\.ansible\.builtin\.(\w+_(?:module|filter|lookup|test))")


def elsewhere(_app: Any, _environment: Any, node: Any, text: Any) -> nodes.reference | None:
    """A link to a page of Ansible's own; None, and with it a warning, for everything else that is not here."""
    target = node.get("reftarget", "")
    builtin = BUILTIN.match(target)
    page = f"collections/ansible/builtin/{builtin[1]}.html" if builtin else PAGES.get(target)
    return nodes.reference("", "", text, refuri=ANSIBLE + page, internal=False) if page else None


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", elsewhere)
