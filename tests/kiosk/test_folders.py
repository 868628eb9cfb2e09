"""Which journal is a board's own."""

from kiosk.folders import KIOSK_FILE, Folders
from kiosk.orders import CONFIG_FILE

from tests.kiosk.desk import Dice, MemoryFiles


def some_folders(files=None, board="b0a2d1", seed=7):
    return Folders(files or MemoryFiles(), board, Dice(seed).roll)


def test_a_board_without_a_journal_makes_the_first_generation():
    folders = some_folders()
    assert folders.find() is None
    journal_id, shelf = folders.make()
    assert len(journal_id) == 8 and folders.files.names("journal") == ["1-%s-b0a2d1" % journal_id]
    found_id, found = some_folders(folders.files, seed=8).find()
    assert (found_id, found.folder) == (journal_id, shelf.folder)


def test_of_several_generations_the_highest_counts_by_number_and_the_others_go():
    files = MemoryFiles()
    for name in ("9-0000000a-b0a2d1", "10-0000000b-b0a2d1", "2-0000000c-b0a2d1"):
        files.make_folder("journal/%s/now" % name)
    folders = some_folders(files)
    assert folders.find()[0] == "0000000b" and folders.generation == 10
    assert files.names("journal") == ["10-0000000b-b0a2d1"]
    assert folders.next_name()[1].startswith("journal/11-")


def test_what_is_half_made_or_another_boards_goes():
    files = MemoryFiles()
    for name in ("new", "3-0000000a-c10ed0"):
        files.make_folder("journal/%s/now" % name)
    assert some_folders(files).find() is None
    assert files.names("journal") == []


def lived(kiosk):
    """The flash of a board that was a kiosk: its journal's folder, and settings."""
    folders = some_folders()
    folders.belong_to(kiosk)
    folders.make()
    folders.files.content[CONFIG_FILE] = b"lobby-1's settings"
    return folders.files


def test_what_another_kiosk_left_on_the_board_goes_once():
    files = lived("lobby-1")
    before = files.names("journal")
    some_folders(files).belong_to("lobby-1")
    assert files.names("journal") == before and CONFIG_FILE in files.content
    folders = some_folders(files, seed=8)
    folders.belong_to("lobby-2")
    assert folders.find() is None and files.names("journal") == [] and CONFIG_FILE not in files.content
    folders.make()
    files.content[CONFIG_FILE] = b"lobby-2's settings"
    again = some_folders(files, seed=9)
    again.belong_to("lobby-2")
    assert again.find()[0] == files.names("journal")[0].split("-")[1] and CONFIG_FILE in files.content


def test_a_cut_while_another_kiosks_journal_goes_leaves_it_whole_or_no_journal():
    class Cut(MemoryFiles):
        left = 0

        def _step(self):
            if not self.left:
                raise OSError(5)
            self.left -= 1

        def remove(self, path):
            self._step()
            MemoryFiles.remove(self, path)

        def rename(self, old, new):
            self._step()
            MemoryFiles.rename(self, old, new)

        def remove_folder(self, path):
            self._step()
            MemoryFiles.remove_folder(self, path)

    steps = 0
    while True:
        before = lived("lobby-1")
        journal = before.names("journal")[0]
        for name in ("1.1.1.0", "2.1.200.0", "now/tail"):
            before.content["journal/%s/%s" % (journal, name)] = bytes(4096 if "." in name else 16)
        files = Cut()
        files.content, files.folders, files.left = before.content, before.folders, steps
        whole = set(files.content)
        try:
            some_folders(files).belong_to("lobby-2")
            break
        except OSError:
            pass
        there = {path for path in files.content if path.startswith("journal/" + journal)}
        assert not there or there == {path for path in whole if path.startswith("journal/")}
        files.left = 100
        some_folders(files).belong_to("lobby-2")
        assert files.names("journal") == []
        steps += 1
    assert steps >= 5


def test_a_journal_stays_where_nobody_can_say_whose_it_is():
    for content in (None, b"", b"lobby-1", b"lobby-1\nlobby-0", b"\xff\n\xff"):
        files = lived("lobby-1")
        before = files.names("journal")
        del files.content[KIOSK_FILE]
        if content is not None:
            files.content[KIOSK_FILE] = content
        some_folders(files).belong_to("lobby-2")
        assert files.names("journal") == before
        some_folders(files).belong_to("lobby-3")  # it is lobby-2's from then on
        assert files.names("journal") == []


class Full(MemoryFiles):
    def write(self, path, content):
        raise OSError(28)


def test_a_flash_that_refuses_the_name_keeps_the_journal_of_the_same_kiosk_and_takes_none_for_another():
    files = lived("lobby-1")
    full = Full()
    full.content, full.folders = files.content, files.folders
    refused = False
    try:
        some_folders(full).belong_to("lobby-2")
    except OSError:
        refused = True
    assert refused
    files = lived("lobby-1")
    del files.content[KIOSK_FILE]
    full.content, full.folders = files.content, files.folders
    some_folders(full).belong_to("lobby-1")
    assert some_folders(full).find()
