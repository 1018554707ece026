"""What BuildKit says, read for a person."""

from ansible_collections.photosync.vps.plugins.module_utils.building.transcript import Transcript

FAILING = """\
#0 building with "default" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s

#4 [builder 1/2] FROM docker.io/library/node:20-alpine
#4 CACHED

#5 [builder 2/2] RUN --mount=type=cache,target=/root/.npm   npm ci
#5 0.195 added 12 packages

#6 [tester 1/1] RUN npm test
#5 DONE 3.1s
#6 0.195 1 test failed
#6 0.201 expected 200, got 500
#6 ERROR: process "/bin/sh -c npm test" did not complete successfully: exit code: 1
------
 > [tester 1/1] RUN npm test:
0.195 1 test failed
------
ERROR: failed to solve: process "/bin/sh -c npm test" did not complete successfully: exit code: 1
""".splitlines()


def read(lines):
    transcript = Transcript()
    return transcript, [step for step in map(transcript.hear, lines) if step]


CI, TEST = "builder 2/2: RUN --mount=type=cache,target=/root/.npm npm ci", "tester 1/1: RUN npm test"


def test_every_step_is_told_when_it_begins_and_what_goes_on_is_known_at_any_time():
    assert read(FAILING)[1] == ["builder 1/2: FROM docker.io/library/node:20-alpine", CI, TEST]
    assert read(FAILING[:12])[0].running == [CI, TEST]


def test_the_step_that_failed_is_named_with_what_it_said_itself():
    transcript, _steps = read(FAILING)
    assert transcript.failed_step == TEST
    assert transcript.tail()[:2] == ["1 test failed", "expected 200, got 500"]


def test_a_failure_before_the_first_step_shows_all_that_was_said():
    transcript, _steps = read(["#2 [internal] load metadata for nowhere/x:1", "ERROR: pull access denied"])
    assert transcript.failed_step == ""
    assert transcript.tail()[-1] == "ERROR: pull access denied"
