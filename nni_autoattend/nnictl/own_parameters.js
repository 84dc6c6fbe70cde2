// Preloaded into NNI's node server (see loopback.py): every trial gets the parameters that it was submitted with.
//
// NNI 3.0 keeps the parameters of trials that were submitted in one row, and whoever asks next gets the first: of two
// trials at a time the quicker one has the other's (the page then shows one thing, and another was trained), and a
// machine that dies before its trial has asked puts all later trials off by one.
'use strict';

const Module = require('node:module');
const path = require('node:path');

const SERVICE = path.sep + path.join('training_service', 'v3', 'compat.js');
const load = Module.prototype.load;

Module.prototype.load = function (filename) {
    load.call(this, filename);
    if (filename.endsWith(SERVICE)) {
        keepApart(this.exports.V3asV1.prototype);
    }
};

// The manager submits one trial after another, so that the row holds one trial's parameters at most; NNI's own place
// for parameters by trial, which it uses after a resume, takes them unless the trial has asked already.
function keepApart(service) {
    const { submitTrialJob } = service;
    service.submitTrialJob = async function (form) {
        const trial = await submitTrialJob.call(this, form);
        const waiting = this.parameters.indexOf(form.hyperParameters.value);
        if (waiting >= 0) {
            this.parameters.splice(waiting, 1);
            this.allocatedParameters.set(trial.id, form.hyperParameters.value);
        }
        return trial;
    };
}
