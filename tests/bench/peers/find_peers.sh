# shellcheck shell=bash
# Finds Node 20 and OpenJDK 17, installing what is missing where that can be
# done. For compare.sh, which sources it and sets:
#   ROOT     the repository
#   INSTALL  1 to install what is missing

readonly NODE_MAJOR=20
readonly JAVA_MAJOR=17
readonly INSTALL_SECONDS=300

say() { echo "compare: $*" >&2; }

# Succeeds when $1 is a node of this version.
is_node() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  [[ ${version%%.*} == "$NODE_MAJOR" ]]
}

# Debian 12 has Node 18, so another Node 20 than the one at hand comes from npm.
# Prints its path; fails without one.
find_node() {
  local folder=$ROOT/build/compare arch package
  case $(uname -m) in
    aarch64) arch=arm64 ;;
    *) arch=x64 ;;
  esac
  package=node-linux-$arch
  local candidate
  for candidate in node "$folder/node_modules/$package/bin/node"; do
    if is_node "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  ((INSTALL)) || return 1
  command -v npm >/dev/null ||
    "$ROOT/deploy/install_packages.sh" compare npm >&2 || return 1
  mkdir -p "$folder"
  say "installing $package $NODE_MAJOR from npm (150 MB)"
  timeout "$INSTALL_SECONDS" npm install --prefix "$folder" --no-save \
    --ignore-scripts --no-audit --no-fund --loglevel=error \
    "$package@$NODE_MAJOR" >&2 || return 1
  is_node "$candidate" || return 1
  echo "$candidate"
}

# Succeeds when $1 is the bin folder (or empty: the PATH) of a JDK of this
# version. "javac 17.0.15"
is_jdk() {
  local version
  version=$("${1:+$1/}javac" -version 2>/dev/null) || return 1
  version=${version#javac }
  [[ ${version%%.*} == "$JAVA_MAJOR" ]]
}

# Prints the bin folder of the JDK, and "." where it is on the PATH.
find_jdk() {
  local try folder
  for try in 1 2; do
    for folder in "" "${JAVA_HOME:-/nowhere}/bin" \
      /usr/lib/jvm/java-"$JAVA_MAJOR"-openjdk-*/bin; do
      is_jdk "$folder" || continue
      [[ -n $folder ]] || folder=$(dirname "$(command -v javac)")
      echo "$folder"
      return
    done
    ((INSTALL && try == 1)) || return 1
    "$ROOT/deploy/install_packages.sh" compare openjdk-17-jdk-headless >&2 ||
      return 1
  done
  return 1
}

# Succeeds when java ($1) has the collector whose flag is -XX:+Use$2.
has_collector() { "$1" "-XX:+Use$2" -version >/dev/null 2>&1; }
