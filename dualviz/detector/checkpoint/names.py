"""The classes of a detector by name, where its file says them, or only counts them."""

from dualviz.pictures.objects import readable

_COCO = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,bench,"
    "bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,"
    "sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,"
    "bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,"
    "toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,"
    "teddy bear,hair drier,toothbrush"
)
COCO_NAMES = tuple(_COCO.split(","))


def class_names_of(names: object, classes: int) -> tuple[tuple[str, ...], bool]:
    """The file's names where they are one a class; else, or where they only count 80, COCO's for 80; else numbers.

    Returns:
        The names, and whether they are COCO's in place of none.
    """
    if isinstance(names, dict):
        keyed = {str(key): name for key, name in names.items()}
        names = [keyed.get(str(index)) for index in range(classes)]
    numbered = classes == len(COCO_NAMES) and names == [str(index) for index in range(classes)]
    if isinstance(names, (list, tuple)) and len(names) == classes and not numbered:
        written = (
            readable(name).strip()[:100]
            if isinstance(name, str) and name.strip()
            else f"class {index}"
            for index, name in enumerate(names)
        )
        return tuple(written), False
    if classes == len(COCO_NAMES):
        return COCO_NAMES, True
    return tuple(f"class {index}" for index in range(classes)), False
