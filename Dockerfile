# heapd as a container. deploy/build_image.sh builds it with or without a Docker
# engine; deploy/image/README.md says how it is meant to be run.
#
#   docker build -t heapd .            the image
#   docker build --target test .       the tests of the Release build, as a build
#
# Arguments:
#   BASE_IMAGE       what everything begins with; name@sha256:... pins it
#   DEBIAN_SNAPSHOT  a moment, such as 20261126T000000Z: every package is taken
#                    from snapshot.debian.org as it was then, so that the same
#                    checkout gives the same set of packages at any time. Empty:
#                    today's, with the security updates
#   VERSION, REVISION, CREATED  for the labels; build_image.sh fills them in
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${BASE_IMAGE} AS base
ARG DEBIAN_SNAPSHOT=
COPY deploy/image/use_snapshot.sh /tmp/
RUN /tmp/use_snapshot.sh "$DEBIAN_SNAPSHOT" && rm /tmp/use_snapshot.sh

# What building takes; its layer stays as long as the list does.
FROM base AS toolchain
WORKDIR /src
COPY deploy/install_packages.sh deploy/
RUN deploy/install_packages.sh build && rm -rf /var/lib/apt/lists/*

# Only what binaries are made of, so that a change to a test or a page of
# documentation builds nothing again.
FROM toolchain AS build
# The layers are the cache; a second one inside them only makes them larger.
ENV CCACHE_DISABLE=1
COPY CMakeLists.txt CMakePresets.json ./
COPY proto proto/
COPY heap heap/
COPY server server/
COPY client client/
RUN cmake --preset release \
      -DHEAPD_BUILD_TESTS=OFF -DHEAPD_BUILD_BENCHMARKS=OFF && \
    cmake --build --preset release -- heapd heapctl heapload
COPY deploy/image/runtime_packages.sh deploy/image/
# Symbols stay, for the stacks of crash reports.
RUN mkdir -p /out/bin && \
    cp build/bin/heapd build/bin/heapctl build/bin/heapload /out/bin/ && \
    strip --strip-debug /out/bin/* && \
    deploy/image/runtime_packages.sh /out/bin/* >/out/packages

FROM base AS heapd
COPY --from=build /out/packages /usr/share/heapd/packages
# The list is kept with the versions that it became.
RUN apt-get update && \
    xargs apt-get install -y --no-install-recommends ca-certificates \
      </usr/share/heapd/packages && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/ldconfig/* \
      /var/log/apt /var/log/dpkg.log /var/log/alternatives.log && \
    dpkg-query -W -f '${Package} ${Version}\n' >/usr/share/heapd/packages
# Kubernetes checks runAsNonRoot by number, so there is no name in USER.
RUN groupadd --system --gid 10001 heapd && \
    useradd --system --uid 10001 --gid 10001 --no-create-home \
      --home-dir /var/lib/heapd --shell /usr/sbin/nologin heapd && \
    install -d -o 10001 -g 10001 -m 0700 /var/lib/heapd
COPY LICENSE /usr/share/doc/heapd/copyright
COPY deploy/image/heapd.yaml /etc/heapd/heapd.yaml
COPY --from=build /out/bin/ /usr/bin/

USER 10001:10001
WORKDIR /var/lib/heapd
# All that heapd writes, temporary files of snapshots too, so the rest can be
# read-only.
ENV TMPDIR=/var/lib/heapd
VOLUME /var/lib/heapd
EXPOSE 7700 7701 7702 7703 7704
STOPSIGNAL SIGTERM
# Liveness and not readiness: who restarts a container that is unhealthy must not
# do it to one that is only busy.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["heapctl", "health", "127.0.0.1:7702", "--timeout", "2s"]
ENTRYPOINT ["heapd"]
CMD ["--config", "/etc/heapd/heapd.yaml"]

ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=
LABEL org.opencontainers.image.title="heapd" \
      org.opencontainers.image.description="Garbage-collected heaps for other programs, over gRPC" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

# Behind the image: builders that make every stage up to the one that was asked
# for leave it out.
FROM build AS test
COPY . .
RUN cmake --preset release \
      -DHEAPD_BUILD_TESTS=ON -DHEAPD_BUILD_BENCHMARKS=ON && \
    tests/run.sh --quick

# What is built where nobody names a stage.
FROM heapd
