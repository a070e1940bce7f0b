"""The work of finedrop's check and convert (media.verify: structure) as a plain script: standard library only.

peer.py check|convert openai|bedrock TABLE ARCHIVE OUT; prints {"rows": n, "files": n} as JSON.
"""

import base64
import csv
import json
import os
import sys
import zipfile

MEDIA_BASE = "s3://bench-bucket/media"


def main(command, target, table, archive, out):
    writes = command == "convert"
    rows = files = 0
    if writes:
        os.makedirs(os.path.join(out, "media"), exist_ok=True)
    lines = open(os.path.join(out, "train.jsonl") if writes else os.devnull, "w", encoding="utf-8")
    with lines, zipfile.ZipFile(archive) as media, open(table, newline="", encoding="utf-8") as source:
        for row in csv.DictReader(source):
            name = row["files"]
            image = None
            if name:
                image = media.read(name)  # checks the CRC
                check_jpeg(name, image)
                files += 1
                if writes and target == "bedrock":
                    with open(os.path.join(out, "media", os.path.basename(name)), "wb") as copy:
                        copy.write(image)
            line = openai_line(row, image) if target == "openai" else bedrock_line(row, name)
            if writes:
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            rows += 1
    print(json.dumps({"rows": rows, "files": files}))


def openai_line(row, image):
    content = row["prompt"]
    if image is not None:
        url = "data:image/jpeg;base64," + base64.b64encode(image).decode("ascii")
        content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": row["prompt"]}]
    return {"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": row["completion"]}]}


def bedrock_line(row, name):
    content = [{"text": row["prompt"]}]
    if name:
        location = {"s3Location": {"uri": f"{MEDIA_BASE}/{os.path.basename(name)}"}}
        content.insert(0, {"image": {"format": "jpeg", "source": location}})
    return {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [
            {"role": "user", "content": content},
            {"role": "assistant", "content": [{"text": row["completion"]}]},
        ],
    }


def check_jpeg(name, data):
    """Start marker, every segment up to the scan, a frame header with a size, end marker."""
    if data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9":
        raise ValueError(f"{name}: not a whole JPEG")
    at, sized = 2, False
    while True:
        if data[at] != 0xFF or at + 4 > len(data):
            raise ValueError(f"{name}: broken segments")
        code, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            sized = int.from_bytes(data[at + 5 : at + 7], "big") > 0 and int.from_bytes(data[at + 7 : at + 9], "big") > 0
        at += 2 + length
        if code == 0xDA:
            break
    if not sized:
        raise ValueError(f"{name}: no frame header")


if __name__ == "__main__":
    main(*sys.argv[1:])
