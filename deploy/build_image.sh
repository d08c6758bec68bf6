#!/usr/bin/env bash
# Builds the container image of this checkout; see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
usage: deploy/build_image.sh [OPTION]... [-- ENGINE_ARGUMENT...]

Builds Dockerfile with Docker where an engine answers, else with buildah, which
needs none (installed if missing; as root). Prints name and size at the end.

  --tag NAME        name of the image (default: heapd:latest; docker.io has no
                    part in it: buildah calls it localhost/heapd:latest)
  --target STAGE    heapd (default), or test: runs the tests of the Release
                    build and makes no image worth keeping
  --engine ENGINE   docker or buildah, instead of whichever is there
  --snapshot TIME   Debian's packages as they were at, say, 20261126T000000Z
  --export FILE     writes the image to FILE as well, for `docker load`,
                    `podman load` and `ctr image import`

What is behind -- goes to the engine's build command, such as --no-cache.

buildah takes debian:bookworm-slim from docker.io where that can be reached.
Otherwise deploy/image/make_base.sh makes it from Debian's own mirror with
debootstrap (DEB_MIRROR; default: the first of this machine). HEAPD_IMAGE_STORE
names another folder for buildah's images than the system's.
TEXT
}

readonly BASE=docker.io/library/debian:bookworm-slim
readonly PULL_SECONDS=120

tag=heapd:latest
target=heapd
engine=""
snapshot=""
export_file=""
engine_arguments=()
store=()  # of buildah, unless it is the system's

say() { echo "image: $*" >&2; }

parse() {
  while (($# > 0)); do
    case $1 in
      --tag | --target | --engine | --snapshot | --export)
        (($# > 1)) || { say "$1 needs a value"; exit 2; }
        case $1 in
          --tag) tag=$2 ;;
          --target) target=$2 ;;
          --engine) engine=$2 ;;
          --snapshot) snapshot=$2 ;;
          --export) export_file=$2 ;;
        esac
        shift
        ;;
      --help) usage; exit 0 ;;
      --) shift; engine_arguments=("$@"); return ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
}

choose_engine() {
  [[ -z $engine ]] || return 0
  if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    engine=docker
  else
    engine=buildah
  fi
}

# What both engines are given. The moment of the commit stands for that of the
# build, so that one checkout has one image.
common_arguments() {
  local version revision=unknown created=""
  version=$(sed -nE 's/^project\(heapd VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
  if git rev-parse --git-dir >/dev/null 2>&1; then
    revision=$(git rev-parse HEAD)
    [[ -z $(git status --porcelain) ]] || revision+=-modified
    created=$(TZ=UTC0 git log -1 --format=%cd --date=format-local:%FT%TZ)
  fi
  printf '%s\n' --file Dockerfile --target "$target" --tag "$tag" \
    --build-arg "DEBIAN_SNAPSHOT=$snapshot" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
    --build-arg "CREATED=$created"
}

build_with_docker() {
  local arguments
  mapfile -t arguments < <(common_arguments)
  docker build "${arguments[@]}" "${engine_arguments[@]}" .
  [[ -z $export_file ]] || docker save --output "$export_file" "$tag"
  say "$(docker image inspect --format '{{.RepoTags}} {{.Size}} bytes' "$tag")"
}

# Makes the base where no registry can be reached.
make_base() {
  local archive container
  archive=$(mktemp --suffix=.tar)
  deploy/image/make_base.sh "$archive"
  container=$(buildah "${store[@]}" from scratch)
  buildah "${store[@]}" add -q "$container" "$archive" / >/dev/null
  buildah "${store[@]}" config --cmd bash \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "$container"
  buildah "${store[@]}" commit -q --format docker "$container" "$BASE" >/dev/null
  buildah "${store[@]}" rm "$container" >/dev/null
  rm -f "$archive"
}

provide_base() {
  ! buildah "${store[@]}" inspect --type image "$BASE" >/dev/null 2>&1 ||
    return 0
  say "taking $BASE from its registry"
  if ! timeout "$PULL_SECONDS" buildah "${store[@]}" pull -q "$BASE" \
    >/dev/null 2>&1; then
    say "its registry is out of reach; making it with debootstrap"
    make_base
  fi
}

# Without a runtime for containers (isolation chroot), so that this works inside
# a container too. The Docker format, since the other one has no HEALTHCHECK.
build_with_buildah() {
  local arguments
  if ! command -v buildah >/dev/null; then
    deploy/install_packages.sh more buildah
  fi
  if [[ -n ${HEAPD_IMAGE_STORE:-} ]]; then
    store=(--root "$HEAPD_IMAGE_STORE/root" --runroot "$HEAPD_IMAGE_STORE/run")
  fi
  provide_base
  mapfile -t arguments < <(common_arguments)
  buildah "${store[@]}" build --layers --format docker --isolation chroot \
    --network host --pull-never \
    "${arguments[@]}" "${engine_arguments[@]}" .
  if [[ -n $export_file ]]; then
    rm -f "$export_file"  # an archive is added to, not replaced
    buildah "${store[@]}" push -q "$tag" "docker-archive:$export_file:$tag"
  fi
  buildah "${store[@]}" images --format '{{.Name}}:{{.Tag}} {{.Size}}' "$tag" >&2
}

main() {
  parse "$@"
  choose_engine
  case $engine in
    docker) build_with_docker ;;
    buildah) build_with_buildah ;;
    *) say "no such engine: $engine"; exit 2 ;;
  esac
}

main "$@"
