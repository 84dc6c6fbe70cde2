// Preloaded into NNI's node server (see loopback.py): a tuner gets a minute to connect.
//
// NNI 3.0 gives it ten seconds, for importing NNI and connecting; on a busy machine that takes longer, and the
// experiment then stays in ERROR for ever.
'use strict';

const TEN_SECONDS = 10000;
const MINUTE = 60000;
const wait = globalThis.setTimeout;

function setTimeout(callback, delay, ...rest) {
    const isForTuner = delay === TEN_SECONDS && String(callback).includes('Tuner did not connect');
    return wait(callback, isForTuner ? MINUTE : delay, ...rest);
}

// util.promisify finds its own version of the function among its properties
globalThis.setTimeout = Object.defineProperties(setTimeout, Object.getOwnPropertyDescriptors(wait));
