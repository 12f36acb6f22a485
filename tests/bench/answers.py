"""Answers of every task of the evaluation data, from the program's own readers, rankers and memory.

python tests/bench/answers.py TASK DATA_DIR SPLIT > ANSWERS.jsonl
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import answers_language
import answers_memory


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    task, data, split = arguments
    source = answers_memory if task in answers_memory.TASKS else answers_language
    for row in source.answer(task, Path(data), split):
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
