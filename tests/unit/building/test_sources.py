"""What images are made of: git's trees at the wanted version, or folders without what is no source."""

import os
import subprocess

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.building.context import source_of
from ansible_collections.photosync.vps.plugins.module_utils.building.errors import ImageError
from ansible_collections.photosync.vps.plugins.module_utils.building.ignored import Ignored
from ansible_collections.photosync.vps.plugins.module_utils.building.sources import digest_of_folder, measure
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Build, BuildSource

WHO = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "somebody"), ("EMAIL", "somebody@my-family.net"))
}


def git(folder, *arguments):
    command = ["git", "-C", folder, *arguments]
    done = subprocess.run(command, env={**os.environ, **WHO}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.fixture
def repository(tmp_path):
    """Two services, one of which has a Dockerfile."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(
        folder, {"services/web/index.html": "hello", "services/web/Dockerfile": "FROM x", "services/api/main.py": "1"}
    )
    commit(folder)
    return folder


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path, repository):
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(folder))
    return folder


def wanted(service, **more):
    usual = {"context": f"services/{service}", "dockerfile": "Dockerfile", "ignore": [], "own": True}
    return {"service": service, **usual, **more}


def look(repository, clone, version, *builds):
    source = {"repo": str(repository), "version": version, "dest": str(clone), "path": "", "builds": list(builds)}
    return measure(source)


def look_at_folder(path, *builds):
    return measure({"repo": "", "version": "", "dest": "", "path": str(path), "builds": list(builds)})["services"]


def test_each_service_is_known_by_its_own_folder_alone(repository, clone):
    before = git(repository, "rev-parse", "HEAD")
    write(repository, {"services/web/index.html": "hello again"})
    after = commit(repository)
    git(clone, "fetch", "--quiet")
    first, second = (look(repository, clone, version, wanted("web"), wanted("api")) for version in (before, after))
    assert first["services"]["api"] == second["services"]["api"] != ""
    assert first["services"]["web"]["content"] != second["services"]["web"]["content"]


def test_it_says_which_folder_has_a_dockerfile_and_which_folder_is_not_there(repository, clone):
    found = look(repository, clone, "main", wanted("web"), wanted("api"), wanted("nothing"))["services"]
    assert (found["web"]["dockerfile"], found["api"]["dockerfile"]) == (True, False)
    assert found["nothing"] == {"content": "", "dockerfile": False}


def test_a_commit_that_was_not_fetched_yet_and_a_clone_of_another_repository_are_not_known(repository, clone):
    head = git(repository, "rev-parse", "HEAD")
    assert not look("https://elsewhere.net/x.git", clone, head, wanted("web"))["known"]
    write(repository, {"services/web/index.html": "hello again"})
    assert not look(repository, clone, commit(repository), wanted("web"))["known"]


def test_a_branch_moves_and_a_commit_and_a_tag_do_not(repository, clone):
    git(clone, "tag", "v1")
    head = git(repository, "rev-parse", "HEAD")
    moves = {version: look(repository, clone, version, wanted("web"))["moves"] for version in ("main", "v1", head)}
    assert moves == {"main": True, "v1": False, head: False}


def test_what_is_built_is_what_git_has_whatever_lies_in_the_clone(repository, clone):
    content = look(repository, clone, "main", wanted("web"))["services"]["web"]["content"]
    write(clone, {"services/web/index.html": "altered by hand", "services/web/stray": "x"})
    with source_of("web", Build(BuildSource(str(clone)), content)) as folder:
        assert sorted(os.listdir(folder)) == ["Dockerfile", "index.html"]
        with open(os.path.join(folder, "index.html")) as page:
            assert page.read() == "hello"
    assert not os.path.exists(folder)


def test_a_submodule_is_refused_by_name(repository, clone, tmp_path):
    head = git(repository, "rev-parse", "HEAD")
    git(clone, "update-index", "--add", "--cacheinfo", f"160000,{head},services/web/theme")
    tree = git(clone, "write-tree")
    content = git(clone, "rev-parse", f"{tree}:services/web")
    with (
        pytest.raises(ImageError, match=r"submodules are not part of it \(theme\); use stack_source_path"),
        source_of("web", Build(BuildSource(str(clone)), content)),
    ):
        pass


def test_a_folder_is_another_one_when_a_file_in_it_differs_in_content_name_or_mode(tmp_path):
    seen = set()
    for change in ("", "content", "name", "mode"):
        write(tmp_path, {"services/api/main.py": "2" if change == "content" else "1"})
        file = tmp_path / "services/api/main.py"
        if change == "name":
            file = file.rename(file.with_name("other.py"))
        file.chmod(0o755 if change == "mode" else 0o644)
        seen.add(look_at_folder(tmp_path, wanted("api"))["api"]["content"])
        file.unlink()
    assert len(seen) == 4


def test_what_the_folders_owner_leaves_out_does_not_count(tmp_path):
    folder = "services/api"
    write(tmp_path, {f"{folder}/Dockerfile": "FROM x", f"{folder}/.dockerignore": "node_modules\n"})
    before = look_at_folder(tmp_path, wanted("api"))
    write(tmp_path, {"services/api/node_modules/x.js": "1"})
    assert look_at_folder(tmp_path, wanted("api")) == before


def test_what_the_collections_dockerfile_leaves_out_counts_only_where_it_is_used(tmp_path):
    write(tmp_path, {"services/api/main.py": "1"})
    ours, theirs = wanted("api", ignore=["dist"]), wanted("api", ignore=["dist"], own=True)
    before = look_at_folder(tmp_path, ours)
    write(tmp_path, {"services/api/dist/x.js": "1"})
    assert look_at_folder(tmp_path, ours) == before
    write(tmp_path, {"services/api/Dockerfile": "FROM x"})
    with_dist = look_at_folder(tmp_path, theirs)
    write(tmp_path, {"services/api/dist/x.js": "2"})
    assert look_at_folder(tmp_path, theirs) != with_dist


@pytest.mark.parametrize(
    ("rules", "left_out", "kept"),
    [
        (["node_modules"], ["node_modules/x/y.js"], ["src/node_modules/x.js", "node_modules2/x"]),
        (["**/node_modules"], ["node_modules/x", "a/b/node_modules/x"], ["a/node_modules_x"]),
        (["*.md", "!README.md"], ["NOTES.md"], ["README.md", "docs/NOTES.md"]),
        (["docs/**", "!docs/api/*.md"], ["docs/a.md", "docs/api/x.html"], ["docs/api/x.md"]),
        (["# comment", "", "/dist/"], ["dist/x.js"], ["src/dist.js"]),
        (["a?c", "[xyz]1"], ["abc", "x1"], ["ac", "w1"]),
    ],
)
def test_dockerignore_is_read_as_docker_reads_it(rules, left_out, kept):
    ignored = Ignored(rules)
    assert [path for path in left_out if not ignored(path)] == []
    assert [path for path in kept if ignored(path)] == []


def test_links_count_by_where_they_lead_and_are_not_followed(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    before = digest_of_folder(str(tmp_path), Ignored([]))
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("elsewhere")
    assert digest_of_folder(str(tmp_path), Ignored([])) != before
