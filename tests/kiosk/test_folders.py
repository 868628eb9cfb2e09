"""Which journal is a board's own."""

from kiosk.folders import Folders

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
