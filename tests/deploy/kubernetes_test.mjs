// Every overlay of deploy/kubernetes renders, is what the API of Kubernetes
// takes, and agrees with itself and with the daemon.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {assertFits, bytes, noHeapd, seconds, understood} from './lib/heapd.mjs';
import {faultsOf} from './lib/kubernetes.mjs';
import {overlayNames, renderOverlay} from './lib/overlays.mjs';
import {repoRoot, requirePackage} from './lib/packages.mjs';
import {missing} from './lib/run.mjs';

const {load} = requirePackage('js-yaml');

const portOf = address => Number(/:(\d+)$/.exec(address)[1]);

const noKubectl = missing('kubectl', ['kustomize', '--help']);
const overlays = noKubectl ? [] : overlayNames.map(renderOverlay);

test('overlays can be rendered', {skip: noKubectl}, () => {
  assert.deepEqual(
      overlays.map(({name}) => name), ['development', 'eks', 'production']);
});

for (const overlay of overlays) {
  test(`overlay ${overlay.name}`, async t => {
    await t.test('has only objects that the API takes', () => {
      for (const object of overlay.objects) {
        assert.deepEqual(
            faultsOf(object), [], `${object.kind}/${object.metadata.name}`);
      }
    });

    await t.test('keeps the restricted pod security standard', () => {
      const {securityContext: pod} = overlay.podSpec;
      assert.equal(pod.runAsNonRoot, true);
      assert.ok(pod.runAsUser > 0 && pod.runAsGroup > 0 && pod.fsGroup > 0);
      assert.equal(pod.seccompProfile.type, 'RuntimeDefault');
      assert.equal(overlay.podSpec.automountServiceAccountToken, false);
      const {securityContext: container} = overlay.container;
      assert.equal(container.allowPrivilegeEscalation, false);
      assert.equal(container.readOnlyRootFilesystem, true);
      assert.deepEqual(container.capabilities, {drop: ['ALL']});
    });

    await t.test('asks and opens the ports that heapd listens on', () => {
      const {listen} = load(overlay.config);
      const ports = Object.fromEntries(
          overlay.container.ports.map(
              ({name, containerPort}) => [name, containerPort]));
      for (const [plane, [address]] of Object.entries(listen)) {
        assert.equal(ports[plane], portOf(address), plane);
      }
      const {startupProbe, livenessProbe, readinessProbe} = overlay.container;
      assert.equal(startupProbe.grpc.port, ports.liveness);
      assert.equal(livenessProbe.grpc.port, ports.liveness);
      assert.equal(readinessProbe.grpc.port, ports.readiness);
      for (const service of overlay.all('Service')) {
        for (const {port, targetPort} of service.spec.ports) {
          assert.equal(port, ports[targetPort], service.metadata.name);
        }
      }
      for (const policy of overlay.all('NetworkPolicy')) {
        for (const {ports: opened} of policy.spec.ingress ?? []) {
          for (const {port} of opened) assert.ok(port in ports, port);
        }
      }
    });

    await t.test('lets nobody reach operations but operators', () => {
      const rules = overlay.all('NetworkPolicy')
                        .flatMap(({spec}) => spec.ingress ?? []);
      const to = port => rules.filter(
          ({ports}) => ports.some(entry => entry.port === port));
      assert.deepEqual(
          to('operations').flatMap(({from}) => from), [{
            namespaceSelector: {matchLabels: {'heapd-access': 'operator'}},
            podSelector: {matchLabels: {'heapd-operator': 'true'}},
          }]);
      for (const {from} of rules) {
        for (const peer of from) assert.ok(peer.namespaceSelector.matchLabels);
      }
      assert.deepEqual(to('liveness').concat(to('readiness')), []);
    });

    await t.test('gives the drain the time that it takes', () => {
      const [sleep, pause] = overlay.container.lifecycle.preStop.exec.command;
      assert.equal(sleep, 'sleep');
      const {shutdown} = load(overlay.config);
      const drain = Number(pause) + seconds(shutdown.grace) +
          (shutdown.readiness_delay ? seconds(shutdown.readiness_delay) : 0);
      assert.ok(overlay.podSpec.terminationGracePeriodSeconds >= drain + 10);
    });

    await t.test('selects its own pods', () => {
      const {spec} = overlay.one('StatefulSet', 'heapd');
      const labels = spec.template.metadata.labels;
      const selectors = [
        spec.selector.matchLabels,
        ...overlay.all('Service').map(({spec}) => spec.selector),
        ...overlay.all('PodDisruptionBudget')
            .map(({spec}) => spec.selector.matchLabels),
        ...overlay.all('NetworkPolicy')
            .map(({spec}) => spec.podSelector.matchLabels),
        ...overlay.podSpec.topologySpreadConstraints
            .map(({labelSelector}) => labelSelector.matchLabels),
      ];
      for (const selector of selectors) {
        assert.deepEqual({...labels, ...selector}, labels);
      }
      const headless = overlay.one('Service', spec.serviceName).spec;
      assert.equal(headless.clusterIP, 'None');
      assert.equal(headless.publishNotReadyAddresses, true);
    });

    await t.test('has no secret', () => {
      for (const {name, sha256} of
               load(overlay.volumeFiles('tokens')['tokens.yaml'] ?? '[]')) {
        assert.match(sha256, /^0{64}$/, name);
      }
      assert.deepEqual(overlay.volumeFiles('tls') ?? {}, {});
      assert.doesNotMatch(overlay.text, /PRIVATE KEY/);
    });

    await t.test('configures heapd', {skip: noHeapd}, () => {
      // Where an overlay has none, somebody makes the Secret.
      const tokens = overlay.volumeFiles('tokens')['tokens.yaml'] ??
          `- {name: operator, sha256: ${'0'.repeat(64)}}\n`;
      const config = understood(
          overlay.config, {args: overlay.container.args.slice(2), tokens});
      const {requests, limits} = overlay.container.resources;
      assert.equal(requests.memory, limits.memory);
      assertFits(config, bytes(limits.memory));
    });

    if (overlay.name === 'development') return;
    await t.test('speaks TLS wherever it says more than its health', () => {
      const {listen, tls} = load(overlay.config);
      assert.deepEqual(
          Object.keys(listen).filter(plane => !tls.listeners.includes(plane)),
          ['liveness', 'readiness']);
      for (const file of
               [tls.certificate_file, tls.key_file, tls.client_ca_file]) {
        assert.match(file, /^\/etc\/heapd\/tls\//);
      }
      assert.ok(tls.require_client_certificate.includes('data'));
    });
  });
}

test('the alerts are what the Prometheus operator takes', () => {
  const rules = fs.readFileSync(
      path.join(repoRoot, 'deploy/prometheus/rules.yaml'), 'utf8');
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {name: 'heapd', namespace: 'heapd'},
    spec: load(rules),
  };
  assert.deepEqual(faultsOf(rule), []);
});

test('typing errors are found', () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {name: 'heapd', labels: {anything: 'goes'}},
    spec: {selector: {anything: 'goes'}, ports: [{name: 'data', port: 7700}]},
  };
  const changed = change => {
    const copy = structuredClone(service);
    change(copy);
    return faultsOf(copy);
  };
  assert.deepEqual(changed(() => {}), []);
  assert.deepEqual(
      changed(({spec}) => { spec.clusterIp = 'None'; }),
      ['unknown field /spec/clusterIp']);
  assert.deepEqual(
      changed(({spec}) => { spec.ports[0].appProtocoll = 'grpc'; }),
      ['unknown field /spec/ports/0/appProtocoll']);
  assert.deepEqual(
      changed(copy => { copy.specs = {}; }), ['unknown field /specs']);
  assert.deepEqual(
      changed(copy => { copy.kind = 'Serivce'; }), ['unknown kind']);
  assert.equal(changed(({spec}) => { spec.ports[0].port = '7700'; }).length, 1);
  assert.equal(changed(({spec}) => { delete spec.ports[0].port; }).length, 1);
});
