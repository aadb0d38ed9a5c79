"""What a shell offers for the word that is typed: commands, variables, and what channels, runs and slots there are.

The scripts hand the line up to the cursor to `kamishibai __complete`, which answers with one word a line.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..project.names import EVERY, RunName
from ..project.paths import Paths
from ..project.settings import Retry
from ..text.errors import BadInput, Stop
from .command_line import COMMANDS
from .help import described

_FIXED = {
    "FORMAT": ("json",),
    "REFRESH": ("1",),
    "SYNC": ("1",),
    "TEXT": ("1",),
    "WAIT": ("0", "30"),
    "RETRY": tuple(retry.value for retry in Retry),
    "IDS": ("NG",),
}
_SHELLS = {
    "bash": """\
_kamishibai() {
  local line="${COMP_LINE:0:$COMP_POINT}" each prefix=""
  local word="${line##* }"
  [[ $word == *=* && $COMP_WORDBREAKS == *=* ]] && prefix="${word%%=*}="
  COMPREPLY=()
  while IFS= read -r each; do COMPREPLY+=("${each#"$prefix"}"); done < <(kamishibai __complete "$line" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -F _kamishibai kamishibai
""",
    "zsh": """\
_kamishibai() {
  local -a found
  found=("${(@f)$(kamishibai __complete "$LBUFFER" 2>/dev/null)}")
  compadd -S '' -- ${(M)found:#*=}
  compadd -- ${found:#*=}
}
compdef _kamishibai kamishibai
""",
    "fish": """\
complete -c kamishibai -f -a '(kamishibai __complete (commandline -cp | string collect) 2>/dev/null)'
""",
    "powershell": """\
Register-ArgumentCompleter -Native -CommandName kamishibai -ScriptBlock {
  param($word, $ast, $position)
  $line = $ast.ToString().PadRight($position).Substring(0, $position)
  kamishibai __complete "$line" 2>$null | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
""",
}


def script(shells: Sequence[str]) -> str:
    """The script of that one shell. Raises BadInput for none, several, or one that is not known."""
    if len(shells) == 1 and shells[0] in _SHELLS:
        return _SHELLS[shells[0]]
    raise BadInput(
        "completion is for one shell: {known}",
        'bash: eval "$(kamishibai completion bash)" in ~/.bashrc; zsh and fish alike',
        known=", ".join(_SHELLS),
    )


def offered(line: str, paths: Paths | None) -> list[str]:
    """What the last word of `line`, typed up to the cursor, may become. paths: of the workspace, if this is one."""
    typed = line.split()[1:]
    last = typed.pop() if typed and not line[-1:].isspace() else ""
    name, is_value, value = last.partition("=")
    if is_value:
        kept, _, begun = value.rpartition(",") if name in ("SLOTS", "RETRY") else ("", "", value)
        head = f"{name}={kept}," if kept else f"{name}="
        return [head + each for each in _values(name, typed, paths) if each.startswith(begun)]
    command = next((word for word in typed if word in described()), None)
    words: Iterable[str] = described() if command is None else (f"{each}=" for each in COMMANDS.get(command, ()))
    given = {word.partition("=")[0] for word in typed if "=" in word}
    more = () if command else ("help",)
    return [word for word in (*words, *more) if word.startswith(last) and word.rstrip("=") not in given]


def _values(name: str, typed: Sequence[str], paths: Paths | None) -> Sequence[str]:
    if name in _FIXED or paths is None:
        return _FIXED.get(name, ())
    runs = [run.run_name for run in paths.runs_of(EVERY)]
    if name == "CH":
        return [*sorted({*_channels(paths), *(run.channel for run in runs)}), EVERY]
    if name == "RUN":
        return _runs(runs, typed)
    return _slots(paths) if name in ("SLOT", "SLOTS") else ()


def _runs(runs: Sequence[RunName], typed: Sequence[str]) -> list[str]:
    channel = next((word[3:] for word in typed if word.startswith("CH=")), "")
    return [run.number for run in runs if channel in ("", run.channel)]


def _channels(paths: Paths) -> list[str]:
    from ..files import overrides

    data, _, _ = overrides.by_channel(paths.presets, "channel_presets")
    return list(data["channels"]) if data else []


def _slots(paths: Paths) -> list[str]:
    from ..files import overrides

    try:
        return list(overrides.load(paths.slots, "image_model_slots")["slots"])
    except Stop:
        return []


def here(folder: Path | None) -> Paths | None:
    """The workspace's paths, or None where there is none."""
    return Paths(folder) if folder else None
