"""Images of fMRIPrep: means of regions, coverage, spaces, and every fault at once."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from nilearn.maskers import NiftiLabelsMasker

from rewire.core.errors import Fault
from rewire.plan.parts import ImageChoice
from rewire.trial.check import CheckResult, check_trial
from rewire.trial.reading import read_trial

made: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("fmriprep.py")))
NONE = ImageChoice(strategy="none")
STEM = "sub-01_ses-a_task-rest_run-1"


def plain_means(image: Path, index: tuple[int, ...] = made["INDEX"]) -> np.ndarray:
    """Means of the voxels of each label, by the shortest way."""
    data = np.asarray(nibabel.load(image).dataobj, dtype=np.float64)
    return np.stack([data[made["labels"]() == i].mean(axis=0) for i in index], axis=1)


def check(root: Path, choice: ImageChoice = NONE, atlas: str | None = None) -> CheckResult:
    return check_trial(read_trial(root, images=choice, atlas=atlas), n_procs=1)


def errors(root: Path, choice: ImageChoice = NONE) -> list[Fault]:
    return list(check(root, choice).errors)


def load(root: Path, choice: ImageChoice = NONE, **more: Any) -> Any:
    trial = read_trial(root, images=choice, **more).trial
    return trial.load(trial.scans[0])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One run of one person."""
    made["write_trial"](tmp_path / "trial")
    return tmp_path / "trial"


def image_of(root: Path) -> Path:
    return next(root.rglob("*_desc-preproc_bold.nii.gz"))


def test_means_are_plain_means(root: Path) -> None:
    scan = load(root)
    np.testing.assert_allclose(scan.data, plain_means(image_of(root)), rtol=0, atol=1e-6)
    assert scan.kept is None
    assert scan.facts["repetition_time"] == 2.0


def test_means_are_those_of_nilearn(root: Path) -> None:
    atlas = root / f"atlases/atlas-Small_space-{made['SPACE']}_dseg.nii.gz"
    masker = NiftiLabelsMasker(atlas, standardize=None)
    expected = masker.fit_transform(image_of(root))
    np.testing.assert_allclose(load(root).data, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [np.int16, np.float64])
def test_stored_numbers_are_scaled(root: Path, kind: type) -> None:
    path = image_of(root)
    data = np.round(made["voxels"](5)).astype(kind)
    image = nibabel.Nifti1Image(data, made["AFFINE"])
    image.header.set_slope_inter(0.5, 7.0)
    nibabel.save(image, path)
    np.testing.assert_allclose(load(root).data, plain_means(path), rtol=0, atol=1e-6)


def test_rows_of_the_table_decide_the_order(root: Path) -> None:
    order = (2, 0, 3, 1)
    made["write_atlas"](
        root,
        regions=tuple(made["REGIONS"][i] for i in order),
        index=tuple(made["INDEX"][i] for i in order),
    )
    expected = plain_means(image_of(root))[:, order]
    np.testing.assert_allclose(load(root).data, expected, rtol=0, atol=1e-6)


def test_coverage_counts_mask_and_signal(root: Path) -> None:
    data = made["voxels"](1)
    mask = np.ones(made["SHAPE"], dtype=np.uint8)
    mask[1:4, 1:4, 1:4] = 0  # half of the first region, 27 of 54 voxels
    data[5:9, 1:4, 1] = 0.0  # a third of the second, 12 of 36
    data[1:4, 5:8, 1:4] = 500.0  # 27 of 36 voxels of the third do not vary
    data[5:8, 5:8, 2, 40] = np.nan  # 9 of 36 of the fourth lack one volume
    path = made["write_image"](root / "sub-01/ses-a/func", STEM, data, mask=mask)
    result = check(root)
    shares = result.coverage["coverage"].tolist()
    np.testing.assert_allclose(shares, [27 / 54, 24 / 36, 9 / 36, 27 / 36])
    (fault,) = [f for f in result.faults if f.code == "low-coverage"]
    assert fault.severity == "warning"
    assert "1 region " in fault.what
    assert "RH_Vis_1 (25%)" in fault.what
    (row,) = result.denoising.to_dict("records")
    assert (row["regions_below_coverage"], row["lowest_coverage"]) == (1, 0.25)
    scan = load(root)
    assert np.isnan(scan.data[:, 2]).all()
    whole = nibabel.load(path).get_fdata()
    fourth = whole[5:8, 5:8, 3:6].reshape(-1, 150).mean(axis=0)
    np.testing.assert_allclose(scan.data[:, 3], fourth, rtol=0, atol=1e-6)
    first = whole[1:4, 1:4, 4:7].reshape(-1, 150).mean(axis=0)
    np.testing.assert_allclose(scan.data[:, 0], first, rtol=0, atol=1e-6)
    lenient = load(root, ImageChoice(strategy="none", minimum_coverage=0.2))
    third = whole[1:4, 5:8, 4].reshape(-1, 150).mean(axis=0)
    np.testing.assert_allclose(lenient.data[:, 2], third, rtol=0, atol=1e-6)


def test_a_row_without_voxels_is_a_region_without_coverage(root: Path) -> None:
    regions, index = (*made["REGIONS"], "LH_Cont_1"), (*made["INDEX"], 20)
    made["write_atlas"](root, regions=regions, index=index)
    assert np.isnan(load(root).data[:, 4]).all()
    assert check(root).coverage["coverage"].tolist()[4] == 0.0


def test_every_fault_is_listed_at_once(tmp_path: Path) -> None:
    images = made["write_trial"](tmp_path, people=6)
    affine = made["AFFINE"] + np.eye(4) * [0.5, 0, 0, 0]
    nibabel.save(nibabel.Nifti1Image(made["voxels"](1), affine), images[0])
    small = made["voxels"](1)[:-1]
    nibabel.save(nibabel.Nifti1Image(small, made["AFFINE"]), images[1])
    for name in images[2].parent.glob("*_desc-confounds_timeseries.*"):
        name.unlink()
    (table,) = images[3].parent.glob("*_desc-confounds_timeseries.tsv")
    table.write_text(table.read_text().replace("rot_z_power2", "other").replace("csf", "other2"))
    images[4].write_bytes(images[4].read_bytes()[:20_000])
    made["write_confounds"](images[5].parent, "sub-06_ses-a_task-rest_run-1", 1, volumes=149)
    found = {}
    for fault in errors(tmp_path, ImageChoice(strategy="24p+wmcsf")):
        found.setdefault(fault.participant, []).append(fault)
    told = {person: " ".join(str(f) for f in faults) for person, faults in found.items()}
    assert {person: len(faults) for person, faults in found.items()} == {
        f"sub-{i:02d}": 1 for i in range(1, 7)
    }
    assert "affines of the image and the atlas image differ by up to 0.5" in told["sub-01"]
    assert "(9, 9, 8)" in told["sub-02"]
    assert "no *_desc-confounds_timeseries.tsv" in told["sub-03"]
    assert "lacks rot_z_power2, csf" in told["sub-04"]
    assert "sub-05_ses-a" in told["sub-05"]
    assert "149 rows, the image 150 volumes" in told["sub-06"]


def test_two_faults_of_one_image_are_both_told(root: Path) -> None:
    values = made["labels"]()
    values[0, 0, 0] = 99
    made["write_atlas"](root, values=values)
    next(root.rglob("*_desc-confounds_timeseries.tsv")).unlink()
    found = errors(root, ImageChoice(strategy="24p"))
    assert [f.code for f in found] == ["image", "no-confounds"]
    assert "the label 99 without a row in the table of Small" in found[0].what


def test_an_atlas_in_another_space(root: Path) -> None:
    next(root.glob("atlases/*.nii.gz")).unlink()
    made["write_atlas"](root, space="MNI152NLin6Asym")
    (fault,) = errors(root)
    assert "in space MNI152NLin2009cAsym, the atlas image in MNI152NLin6Asym" in fault.what


def test_of_several_spaces_the_one_of_the_atlas(root: Path) -> None:
    image = image_of(root)
    native = image.with_name(image.name.replace(made["SPACE"], "T1w"))
    native.write_bytes(image.read_bytes())
    assert not errors(root)
    made["write_atlas"](root, space="T1w")
    (fault,) = errors(root)
    assert fault.code == "several-images"
    assert "--set images.space=MNI152NLin2009cAsym" in fault.remedy
    assert not errors(root, ImageChoice(strategy="none", space="T1w"))
    assert [f.code for f in errors(root, ImageChoice(strategy="none", space="fsnative"))][:1] == [
        "image-space"
    ]


def test_an_atlas_named_in_the_plan(root: Path) -> None:
    (root / "atlases").rename(root.parent / "elsewhere")
    assert [f.code for f in errors(root)] == ["no-atlas-image", "nothing-to-analyse"]
    name = f"../elsewhere/atlas-Small_space-{made['SPACE']}_dseg.nii.gz"
    scan = load(root, ImageChoice(strategy="none", atlas_image=name))
    assert scan.atlas.regions == made["REGIONS"]
    np.testing.assert_allclose(scan.data, plain_means(image_of(root)), rtol=0, atol=1e-6)


def test_an_atlas_without_a_table(root: Path) -> None:
    (root / "atlases/atlas-Small_dseg.tsv").unlink()
    assert "no-atlas-table" in [f.code for f in errors(root)]


def test_two_atlases_are_chosen_between(root: Path) -> None:
    made["write_atlas"](root, name="Other")
    assert [f.code for f in errors(root)] == ["atlas-choice"]
    assert not check(root, atlas="Other").errors


def write_series(root: Path, values: np.ndarray, name: str = STEM) -> None:
    """Write a parcellated series of the same run."""
    path = root / f"sub-01/ses-a/func/{name}_seg-Small_stat-mean_timeseries.tsv"
    lines = ["\t".join(made["REGIONS"]), *("\t".join(f"{v:.9f}" for v in row) for row in values)]
    path.write_text("\n".join(lines) + "\n")
    path.with_suffix(".json").write_text('{"RepetitionTime": 2.0}')


def test_the_plan_decides_between_images_and_series(root: Path) -> None:
    write_series(root, np.full((150, 4), 1.0) + np.arange(150)[:, None])
    as_series = read_trial(root)
    as_images = read_trial(root, images=NONE)
    assert [r.image for r in as_series.trial.scans] == [None]
    assert [r.path for r in as_images.trial.scans] == [image_of(root)]
    assert as_series.trial.scans[0].id == as_images.trial.scans[0].id
    told = {f.code for f in (*as_series.faults, *as_images.faults)}
    assert told == {"no-participants-table"}


def test_runs_in_the_other_form_alone_are_counted(root: Path) -> None:
    write_series(root, np.ones((150, 4)), STEM.replace("run-1", "run-2"))
    for choice in (NONE, ImageChoice()):
        reading = read_trial(root, images=choice)
        assert len(reading.trial.scans) == 1
        (fault,) = [f for f in reading.faults if f.code == "image-choice"]
        assert fault.what.startswith("1 run is in")


def test_a_plan_that_asks_for_images_that_are_not_there(root: Path) -> None:
    found = [f.code for f in errors(root, ImageChoice(strategy="ica-aroma"))]
    assert "no-images" in found
    write_smooth = made["write_image"]
    write_smooth(image_of(root).parent, STEM, made["voxels"](3), desc="smoothAROMAnonaggr")
    assert not errors(root, ImageChoice(strategy="ica-aroma"))


def test_means_are_kept_between_runs(root: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = load(root, kept=kept)
    (file,) = kept.rglob("*.npz")
    before = file.read_bytes()
    again = load(root, ImageChoice(strategy="24p"), kept=kept)
    assert again.data.shape == first.data.shape
    assert [f.read_bytes() for f in kept.rglob("*.npz")] == [before]
    np.testing.assert_array_equal(load(root, kept=kept).data, first.data)
    file.write_bytes(b"damaged")
    np.testing.assert_array_equal(load(root, kept=kept).data, first.data)
    made["write_image"](image_of(root).parent, STEM, made["voxels"](77))
    assert not np.array_equal(load(root, kept=kept).data, first.data)


_MEASURED = """
import sys
from pathlib import Path
from rewire.plan.parts import ImageChoice
from rewire.trial.reading import read_trial
trial = read_trial(Path(sys.argv[1]), images=ImageChoice(strategy="none")).trial
scan = trial.load(trial.scans[0])
# not ru_maxrss, which a child takes over from the process that started it
status = Path("/proc/self/status").read_text().splitlines()
peak = next(line for line in status if line.startswith("VmHWM"))
print(scan.data.shape[0], int(peak.split()[1]) / 1e6)
"""


@pytest.mark.parametrize(
    "volumes", [pytest.param(400, marks=pytest.mark.slow), 40], ids=lambda n: f"{n} volumes"
)
def test_a_long_image_takes_little_memory(tmp_path: Path, volumes: int) -> None:
    """At 2 mm, 400 volumes take 1.7 GB as float32 and 3.5 GB as float64."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("the peak of memory is read from /proc, which this system lacks")
    shape = (97, 115, 97)
    affine = np.diag([2.0, 2, 2, 1])
    rng = np.random.default_rng(0)
    values = np.zeros(shape, dtype=np.int16)
    for i, index in enumerate(made["INDEX"]):
        values[10 + 20 * i : 28 + 20 * i, 10:100, 10:90] = index
    made["write_atlas"](tmp_path, values=values, affine=affine)
    func = tmp_path / "sub-01/ses-a/func"
    func.mkdir(parents=True)
    path = func / f"{STEM}_space-{made['SPACE']}_desc-preproc_bold.nii.gz"
    image = nibabel.Nifti1Image(np.broadcast_to(np.float32(0), (*shape, volumes)), affine)
    with nibabel.openers.Opener(path, "wb", compresslevel=1) as file:
        image.header.write_to(file)
        file.write(b"\0" * (int(image.header["vox_offset"]) - file.tell()))
        for _ in range(volumes):
            file.write((100 + rng.normal(size=shape)).astype(np.float32).tobytes(order="F"))
    path.with_name(path.name.replace(".nii.gz", ".json")).write_text('{"RepetitionTime": 2.0}')
    command = [sys.executable, "-c", _MEASURED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    read, gigabytes = (float(word) for word in done.stdout.split())
    assert read == volumes
    print(f"{volumes} volumes: {gigabytes:.2f} GB")
    assert gigabytes < 2.0 if volumes == 400 else gigabytes < 1.5
