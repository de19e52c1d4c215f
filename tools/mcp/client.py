"""A client of `pixseek mcp` with the protocol's own Python SDK: finds the red circle of the demo gallery, and looks at it.

    pip install "mcp>=2"
    python tools/mcp/client.py target/release/pixseek GALLERY

GALLERY is a demo gallery that is indexed (`pixseek demo GALLERY --write`, `pixseek index GALLERY --model demo`). Prints a line
for each step, and fails with the first that goes wrong.
"""

import asyncio
import base64
import io
import json
import os
import sys
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


def value(answer):
    assert not answer.is_error, answer.content[0].text
    return answer.structured_content


def said(answer):
    assert answer.is_error, answer
    return answer.content[0].text


async def main(binary, gallery):
    gallery = Path(gallery).resolve()
    captions = dict(line.split("\t") for line in (gallery / "captions.tsv").read_text().splitlines())
    server = StdioServerParameters(command=binary, args=["mcp", str(gallery)], env=dict(os.environ))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        hello = await session.initialize()
        print("server", hello.server_info.name, hello.server_info.version, "protocol", hello.protocol_version)
        tools = {tool.name for tool in (await session.list_tools()).tools}
        assert tools == {"search", "similar", "describe", "collections", "status"}, tools

        found = value(await session.call_tool("search", {"query": "a red circle", "top": 3}))["results"]
        first = found[0]
        caption = captions[Path(first["path"]).name]
        print("search:", first["rank"], round(first["score"], 3), caption)
        assert "red circle" in caption, caption

        answer = await session.call_tool("describe", {"path": first["path"], "pixels": 128})
        described = value(answer)
        words = [word["word"] for word in described["words"]]
        picture = next(part for part in answer.content if part.type == "image")
        jpeg = base64.b64decode(picture.data)
        print("describe:", described["width"], "x", described["height"], words[:4], len(jpeg), "bytes of", picture.mime_type)
        assert jpeg[:2] == b"\xff\xd8" and "circle" in words[:4], words

        similar = value(await session.call_tool("similar", {"path": first["path"], "top": 2}))["results"]
        assert first["path"] not in [hit["path"] for hit in similar] and len(similar) == 2
        print("similar:", captions[Path(similar[0]["path"]).name])

        thumbnail = (await session.read_resource(first["thumbnail"])).contents[0]
        assert base64.b64decode(thumbnail.blob)[:2] == b"\xff\xd8" and thumbnail.mime_type == "image/jpeg"
        print("thumbnail:", len(thumbnail.blob), "characters")
        templates = (await session.list_resource_templates()).resource_templates
        assert templates[0].uri_template.startswith("pixseek://thumbnail"), templates

        status = value(await session.call_tool("collections", {}))["collections"]
        assert [Path(status[0]["folder"]), status[0]["pictures"]] == [gallery, len(captions)], status

        wrong = [
            ("search", {"query": "width>=banana"}, "column"),
            ("search", {"query": "a boat", "top": 0}, "1 to 200"),
            ("search", {"query": ""}, "empty"),
            ("search", {"query": "a boat", "folder": "/"}, "not among"),
            ("describe", {"path": "/etc/hostname"}, "no picture"),
            ("describe", {"path": "../outside.png"}, "no picture"),
            ("similar", {"path": str(gallery / "no such.png")}, "no picture"),
        ]
        for tool, arguments, words in wrong:
            message = said(await session.call_tool(tool, arguments))
            assert words in message, (tool, arguments, message)
            print("refused:", json.dumps(arguments), "->", message)
        try:
            answer = await session.call_tool("search", {"qeury": "a boat"})
            message = said(answer)
        except Exception as error:
            message = str(error)
        assert "qeury" in message or "query" in message, message
        print("refused: a misspelt argument ->", message)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
