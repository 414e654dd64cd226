#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a series line that names a file which is not there is an error
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
sed -i '/^[0-9].*patch/s,.patch.*,.patch + drivers/iommu/iommu-nowhere.c,' "patches/$BASE/series"
refused 'no such file in the tree: drivers/iommu/iommu-nowhere.c' series
