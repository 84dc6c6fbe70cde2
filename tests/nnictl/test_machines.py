"""What is preloaded into NNI's server for trials on several machines, tried on NNI's own classes without a network."""

import json
import subprocess
from pathlib import Path
from typing import Any

from nni_autoattend.nnictl.loopback import loopback_variables

PRELUDE = """
const path = require('path');
const nni = path.dirname(process.execPath);
require(path.join(nni, 'node_modules', 'app-module-path')).addPath(nni);
const { initGlobalsCustom } = require('common/globals');
initGlobalsCustom({ logLevel: 'error', experimentsDirectory: process.cwd(), experimentId: 'x' }, 'log');
const [interval, timeout] = [setInterval, setTimeout];
globalThis.setInterval = (call, delay) => interval(call, delay / 1000);
globalThis.setTimeout = (call, delay) => timeout(call, delay / 1000);
const told = [];
function end() { console.log(JSON.stringify(told)); process.exit(); }
"""

SILENT = """
const { WsChannel } = require('common/command_channel/websocket/channel');
const { RemoteTrialKeeper } = require('common/trial_keeper/rpc');
function machine(name, hears) {
    const channel = new WsChannel(name);
    const socket = { bytesRead: 5, destroy() { told.push(`${name} is hung up on`); channel.terminate('silent'); } };
    channel.connection = { send() {}, terminate() {}, ws: { _socket: socket } };
    setInterval(() => { socket.bytesRead += hears; }, 1000);
    const keeper = new RemoteTrialKeeper(name, 'remote', false);
    keeper.setChannel(channel);
    return keeper;
}
const [silent, living] = [machine('silent', 0), machine('living', 1)];
living.createTrial({}).then(() => told.push('living'));
(async () => {
    told.push(await silent.createTrial({}));
    told.push(await silent.stopTrial('t'));
    told.push(await new RemoteTrialKeeper('never connected', 'remote', false).createTrial({}));
    timeout(end, 300);
})();
"""

BACK = """
const { RemoteTrainingServiceV3 } = require('training_service/remote_v3/remote');
const { EventEmitter } = require('events');
const service = Object.assign(Object.create(RemoteTrainingServiceV3.prototype), {
    emitter: new EventEmitter(), lastWorkerIndex: 2, uploadedDirs: new Set(['code']),
    workers: [], workersByChannel: new Map(), workersByEnv: new Map(), workersByTrial: new Map(),
    log: { error(line) { told.push(line); }, info() {} },
});
function add(channelId) {
    const worker = {
        channelId, envId: `w${channelId}`, env: `w${channelId}`, config: { host: 'far' },
        ssh: { client: { destroy() { told.push(`connection ${channelId} is given up`); } } },
        async upload(name) { told.push(`${name} to w${channelId}`); },
    };
    service.workers.push(worker);
    service.workersByChannel.set(channelId, worker);
    service.workersByEnv.set(worker.envId, worker);
    return worker;
}
const [lost] = [add('1'), add('2')];
service.workersByTrial.set('t', lost);
service.launchWorker = async config => {
    const worker = add(String(++service.lastWorkerIndex));
    if (service.lastWorkerIndex < 5) { throw new Error('no route to host'); }
    return worker;
};
service.emitter.on('trial_stop', (trial, _time, code) => told.push([trial, code]));
service.emitter.on('env_update', names => told.push(names));
service.restartWorker(lost).then(end);
"""

CONNECTION = """
const { EventEmitter } = require('events');
const ssh2 = require(path.join(nni, 'node_modules', 'ssh2'));
ssh2.Client = class extends EventEmitter { connect() { timeout(() => this.emit('ready'), 1); } };
const { Ssh } = require('training_service/remote_v3/ssh');
const ssh = new Ssh('1', { host: 'far' });
ssh.connect().then(() => { ssh.client.emit('error', new Error('ECONNRESET')); told.push('goes on'); end(); });
"""

PARAMETERS = """
const { V3asV1 } = require('training_service/v3/compat');
const { Deferred } = require('common/deferred');
const v3 = {
    init: async () => {}, start: async () => [{ id: 'w1' }], uploadDirectory: async () => {},
    createTrial: async (_env, _command, _code, number) => {
        if (number === 3) { await v3.RequestParameter('trial3'); } // before the manager knows that it runs
        return `trial${number}`;
    },
    sendParameter: async (trial, value) => told.push([trial, value]),
};
for (const event of ['RequestParameter', 'Metric', 'TrialStart', 'TrialEnd', 'EnvironmentUpdate']) {
    v3[`on${event}`] = call => { v3[event] = call; };
}
const service = Object.assign(Object.create(V3asV1.prototype), {
    config: {}, v3, startDeferred: new Deferred(), trialJobs: {}, parameters: [], allocatedParameters: new Map(),
    environments: [], lastEnvId: '',
});
(async () => {
    await service.start();
    for (const number of [0, 1, 2, 3]) {
        await service.submitTrialJob({ sequenceId: number, hyperParameters: { value: `value${number}` } });
    }
    for (const trial of ['trial2', 'trial0']) { await v3.RequestParameter(trial); } // trial1 died with its machine
    end();
})();
"""


def run(script: str, folder: Path, *, changed: bool = True) -> Any:
    import nni_node

    node = str(Path(nni_node.__path__[0]) / "node")
    (folder / "script.js").write_text(PRELUDE + script)
    variables = loopback_variables({}) if changed else {}
    command = [node, "script.js"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables, cwd=folder, timeout=50)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_silent_machine_is_hung_up_on_and_what_it_was_asked_is_answered(tmp_path: Path) -> None:
    assert run(SILENT, tmp_path) == ["silent is hung up on", False, False, False]


def test_a_lost_machine_is_tried_until_it_is_back(tmp_path: Path) -> None:
    told = run(BACK, tmp_path)
    tried = "Worker far cannot be reached, next try in a minute:"
    lost = [["w2"], ["t", None], "connection 1 is given up"]
    assert told == [*lost, tried, ["w2"], tried, ["w2"], "code to w5", ["w2", "w5"]]


def test_an_error_of_an_ssh_connection_ends_nothing(tmp_path: Path) -> None:
    assert run(CONNECTION, tmp_path) == ["goes on"]


def test_every_trial_gets_its_own_parameters_whoever_asks_first(tmp_path: Path) -> None:
    own = [["trial3", "value3"], ["trial2", "value2"], ["trial0", "value0"]]
    assert run(PARAMETERS, tmp_path) == own
    assert run(PARAMETERS, tmp_path, changed=False) != own  # where NNI does without us, this script can go
