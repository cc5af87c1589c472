/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything: includes each room's header and nothing else. */
#ifndef KVMFEAT_KVMFEAT_H
#define KVMFEAT_KVMFEAT_H

#include <kvmfeat/cap.h>
#include <kvmfeat/ctx.h>
#include <kvmfeat/evidence.h>
#include <kvmfeat/gmem.h>
#include <kvmfeat/hdbss.h>
#include <kvmfeat/monitor.h>
#include <kvmfeat/nested.h>
#include <kvmfeat/param.h>
#include <kvmfeat/pmu.h>
#include <kvmfeat/probe.h>
#include <kvmfeat/tdisp.h>
#include <kvmfeat/tsm.h>
#include <kvmfeat/vm.h>

#endif
