// Preloaded into NNI's node server (see loopback.py): an experiment outlives the machines of its remote service.
//
// NNI 3.0 notices a machine that hangs up, and not one that falls silent (power, cable): its trials run for ever, and
// so does the question that is put to it next, for which the manager lets everything else wait. An error of an SSH
// connection ends the manager. A machine that could not be reached again at once is never tried again.
'use strict';

const Module = require('node:module');
const path = require('node:path');

const TICK = 5000; // NNI asks its machines for a sign of life that often
const SILENT_TICKS = 12;
const MINUTE = 60000;

const CHANGES = [
    [path.join('common', 'trial_keeper', 'rpc.js'), outliveKeeper],
    [path.join('training_service', 'remote_v3', 'ssh.js'), outliveConnection],
    [path.join('training_service', 'remote_v3', 'remote.js'), tryAgain],
];
const load = Module.prototype.load;

Module.prototype.load = function (filename) {
    load.call(this, filename);
    CHANGES.filter(([ending]) => filename.endsWith(path.sep + ending)).forEach(([, change]) => change(this));
};

// A machine that is silent for a minute is hung up on, which NNI does notice (and waits 30 s more for it to call
// back); what was asked of a machine that is given up is answered: not done.
function outliveKeeper({ exports: { RemoteTrialKeeper } }) {
    const keeper = RemoteTrialKeeper.prototype;
    const { setChannel, createTrial, stopTrial } = keeper;
    keeper.setChannel = function (channel) {
        this.lost = new Promise(resolve => channel.onError(() => resolve(false)));
        hangUpOnSilence(channel);
        return setChannel.call(this, channel);
    };
    keeper.createTrial = async function (options) {
        return this.lost ? Promise.race([createTrial.call(this, options), this.lost]) : wait(1000).then(() => false);
    };
    keeper.stopTrial = async function (trial) {
        return Promise.race([stopTrial.call(this, trial), this.lost]);
    };
}

function hangUpOnSilence(channel) {
    let heard = -1;
    let ticks = 0; // counted, not timed: the manager's own machine may have been asleep
    const timer = setInterval(() => {
        const socket = channel.connection?.ws._socket;
        ticks = socket && socket.bytesRead === heard ? ticks + 1 : 0;
        heard = socket?.bytesRead;
        if (ticks >= SILENT_TICKS) {
            channel.log.error('This machine has been silent for a minute');
            socket.destroy();
        }
    }, TICK).unref();
    channel.onClose(() => clearInterval(timer));
    channel.onError(() => clearInterval(timer));
}

function outliveConnection({ exports: { Ssh } }) {
    const { connect } = Ssh.prototype;
    Ssh.prototype.connect = async function () {
        await connect.call(this);
        this.client.on('error', error => this.log.error('SSH connection lost:', error));
    };
}

// NNI's own restartWorker tries once, and keeps the worker that did not start.
function tryAgain(remote) {
    const { getTarballPath } = remote.require('common/tarball');
    remote.exports.RemoteTrainingServiceV3.prototype.restartWorker = async function (lost) {
        this.stopWorker(lost, true);
        lost.ssh.client?.destroy();
        for (;;) {
            const index = this.lastWorkerIndex + 1; // of the next worker
            try {
                const worker = await this.launchWorker(lost.config);
                for (const name of this.uploadedDirs) {
                    await worker.upload(name, getTarballPath(name));
                }
                this.emitEnvUpdate();
                this.log.info(`Worker ${lost.config.host} is back`);
                return;
            } catch (error) {
                this.log.error(`Worker ${lost.config.host} cannot be reached, next try in a minute:`, error);
                const failed = this.workersByChannel.get(String(index));
                if (!failed) {
                    return; // it was lost again meanwhile, and is tried by whoever noticed
                }
                this.stopWorker(failed, true);
                await wait(MINUTE);
            }
        }
    };
}

function wait(milliseconds) {
    return new Promise(resolve => setTimeout(resolve, milliseconds));
}
