# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The photos that the journey uploads: repeatable, different, and incompressible as photos are."""

import photos
from fixture import jpeg


def test_the_same_seed_gives_the_same_photos():
    assert photos.make(1, 3, 1000) == photos.make(1, 3, 1000)
    assert photos.make(1, 3, 1000).data != photos.make(2, 3, 1000).data


def test_every_fifth_photo_is_another_file_with_the_picture_of_the_one_before():
    fourth, fifth = photos.make(1, 4, 1000).data, photos.make(1, 5, 1000).data
    assert fourth != fifth
    assert fourth[-1000:] == fifth[-1000:]
    assert fourth[-1000:] != photos.make(1, 6, 1000).data[-1000:]


def test_the_services_find_the_day_and_the_picture_of_a_photo():
    fourth, fifth = (jpeg.split(photos.make(1, number, 1000).data) for number in (4, 5))
    assert fourth[0] == ["photosync journey, seed 1, photo 4, taken=2026-01-01"]
    assert fifth[0] == ["photosync journey, seed 1, photo 5, taken=2026-01-02"]
    assert fourth[1] == fifth[1]
    assert len(fourth[1]) > 1000


def test_a_jpeg_that_breaks_off_does_no_harm():
    data = photos.make(1, 1, 0).data
    for length in range(2, 200):
        comments, picture = jpeg.split(data[:length])
        assert len(comments) <= 1 and len(picture) <= length
