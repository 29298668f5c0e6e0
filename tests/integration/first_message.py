"""first_message.py URL: two new people, one message; exit code 0 when it arrived."""

import asyncio
import secrets
import sys

from support.client import Connection, make_person
from support.node import Node


class given_node:
    """A node that somebody else started."""

    call = Node.call

    def __init__(self, url: str):
        self.url = url


async def main(url: str) -> None:
    node = given_node(url)
    one, two = [make_person(node, f"{name}-{secrets.token_hex(4)}") for name in ("alice", "bob")]
    at_one, at_two = [await Connection.of(node, each) for each in (one, two)]
    conversation = (await at_one.request("open_direct", user=two.id))["conversation"]
    sent = await at_one.request("send", conversation=conversation, key="first", text="the first message")
    shown = await at_two.wait_for_entry(conversation, sent["seq"])
    assert shown["text"] == "the first message", shown
    await asyncio.gather(at_one.close(), at_two.close())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
