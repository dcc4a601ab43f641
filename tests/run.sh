#!/usr/bin/env bash
# The one test command: formatting, lints, documentation, the headless program, then every test.
# On Debian it installs the software Vulkan adapter and the window libraries that the tests use, if it may.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

packages=(mesa-vulkan-drivers libvulkan1 xvfb libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2
  libxkbcommon0 libxkbcommon-x11-0)

install_missing() {
  if ! command -v dpkg-query >/dev/null; then
    echo "No Debian system: tests that need a GPU adapter run only if a Vulkan, Metal or DirectX 12 driver is there."
    return
  fi
  local missing=() package
  for package in "${packages[@]}"; do
    if [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]]; then
      missing+=("$package")
    fi
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  local root=()
  if [[ $EUID -ne 0 ]]; then
    if sudo -n true 2>/dev/null; then
      root=(sudo -n)
    else
      echo "Not root, so these packages stay missing: ${missing[*]}"
      echo "Tests that need a GPU adapter say that they are skipped, if there is none."
      return
    fi
  fi
  step "installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

require() {
  if ! cargo "$1" --version >/dev/null 2>&1; then
    echo "cargo $1 is missing; install it with: rustup component add $2" >&2
    exit 1
  fi
}

require fmt rustfmt
require clippy clippy
install_missing

# The window's libraries and some Vulkan drivers look for it.
if [[ -z "${XDG_RUNTIME_DIR:-}" ]]; then
  XDG_RUNTIME_DIR="$(mktemp -d)"
  chmod 700 "$XDG_RUNTIME_DIR"
  export XDG_RUNTIME_DIR
  trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
fi
if [[ -n "${CI:-}" ]]; then
  # Nothing is built a second time there.
  export CARGO_INCREMENTAL=0
fi

step "formatting"
cargo fmt --check

# Both with all targets, so that they share their dependencies.
step "lints"
cargo clippy --all-targets -- -D warnings
step "lints without the window"
cargo clippy --all-targets --no-default-features -- -D warnings

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

step "the headless program"
cargo build --no-default-features

step "tests"
cargo test
