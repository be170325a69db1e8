from app.http.wire.connections import ConnectionBody, ReplaceConnectionBody


def test_all_that_is_answered_of_a_connection_may_be_sent_back_with_it() -> None:
    answered, taken = (set(body.__struct_encode_fields__) for body in (ConnectionBody, ReplaceConnectionBody))
    assert answered <= taken
