from collector.connection.receipts import Receipts


def test_pubacks_go_out_in_the_order_in_which_messages_came():
    receipts = Receipts()
    receipts.came(7, [1, 2, 3, 4])
    receipts.done(7, [4, 2])
    assert receipts.due(7) == [] and receipts.owed == 2
    receipts.done(7, [1])
    assert receipts.due(7) == [1, 2]
    receipts.done(7, [3])
    assert receipts.due(7) == [3, 4] and receipts.owed == 0


def test_what_came_by_an_earlier_connection_has_no_puback_on_a_later_one():
    receipts = Receipts()
    receipts.came(7, [1, 2])
    receipts.done(7, [1])
    receipts.begin(8)
    receipts.came(8, [1])
    receipts.done(7, [1])
    assert receipts.due(8) == [] and receipts.due(7) == []
    receipts.done(8, [1])
    assert receipts.due(8) == [1]


def test_what_is_delivered_before_the_subscription_is_confirmed_is_not_forgotten_by_its_confirmation():
    receipts = Receipts()
    receipts.came(7, [1])
    receipts.begin(7)
    receipts.done(7, [1])
    assert receipts.due(7) == [1]


def test_a_number_that_the_broker_uses_again_is_not_taken_for_the_earlier_message():
    receipts = Receipts()
    receipts.came(7, [1])
    receipts.done(7, [1])
    assert receipts.due(7) == [1]
    receipts.done(7, [1])
    receipts.came(7, [1])
    assert receipts.due(7) == []
