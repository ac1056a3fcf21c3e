"""What tests talk to that comes from npm: in place as its lock says, whoever asks first."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path


def install(folder: Path) -> None:
    """Have ``npm ci`` put the locked packages of *folder* in place, unless they are there."""
    done = folder / "node_modules" / ".package-lock.json"
    with (folder / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        lock = folder / "package-lock.json"
        if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
            return
        npm = shutil.which("npm")
        assert npm, "npm is missing: run tools/bootstrap --browser"
        ran = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        os.utime(done)
