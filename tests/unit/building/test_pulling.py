"""What Compose says while it pulls, read for a person."""

from ansible_collections.photosync.vps.plugins.module_utils.building.pulling import Pulling

SAID = """\
 valkey Pulling
 postgres Pulling
 170b4e0e57db Already exists
 67838f2e4e88 Pulling fs layer
 67838f2e4e88 Downloading [>                                                  ]  69.21kB/3.722MB
 db2939ee7c87 Downloading [=============>                                     ]  13.87MB/53.06MB
 67838f2e4e88 Download complete
 67838f2e4e88 Extracting [==================================================>]  3.722MB/3.722MB
 67838f2e4e88 Pull complete
 valkey Pulled
""".splitlines()


def test_progress_names_what_is_waited_for_how_far_it_is_and_for_how_long():
    pulling = Pulling(["postgres", "valkey"])
    told = [news for news in map(pulling.hear, SAID) if news]
    assert told == ["[1/2] pulled valkey"]
    assert pulling.progress(12.3) == "[1/2] pulling postgres: 18 of 57 MB, 12 s"


def test_what_compose_says_besides_is_kept_as_the_reason():
    pulling = Pulling(["postgres"])
    pulling.hear(" postgres Error ")
    pulling.hear("Error response from daemon: manifest for postgres:99 not found")
    assert pulling.said[-1] == "Error response from daemon: manifest for postgres:99 not found"
