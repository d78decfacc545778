"""Pinyin as it is typed: run together, and often not finished."""

from __future__ import annotations

from functools import lru_cache

_SYLLABLES = """
a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng cha chai
chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui chun chuo ci cong cou cu cuan cui cun cuo
da dai dan dang dao de dei den deng di dia dian diao die ding diu dong dou du duan dui dun duo e ei en eng er fa fan fang
fei fen feng fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha hai han hang
hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue
jun ka kai kan kang kao ke kei ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei len leng li
lia lian liang liao lie lin ling liu long lou lu luan lun luo lv lve ma mai man mang mao me mei men meng mi mian miao mie
min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nun nuo nv
nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu
qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai san sang sao se sen seng sha shai shan
shang shao she shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun suo ta tai
tan tang tao te tei teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu xi xia xian
xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan
zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun
zhuo zi zong zou zu zuan zui zun zuo
"""
SYLLABLES = frozenset(_SYLLABLES.split())
_BEGINNINGS = frozenset(syllable[:length] for syllable in SYLLABLES for length in range(1, len(syllable)))
_LONGEST = max(map(len, SYLLABLES))
_MOST_WAYS = 3


@lru_cache(maxsize=4096)
def cuts(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to read a word as syllables, few and long ones first; at most three.

    xian → xian, xi·an; ningboyon → ning·bo·yon, the last only begun, which counts where nothing else can be read; no
    pinyin at all → nothing. Readings with two syllables more than need be are left out.
    """
    ways = _ways(word)
    ways = [way for way in ways if way[-1] in SYLLABLES] or ways
    return tuple(way for way in ways[:_MOST_WAYS] if len(way) <= len(ways[0]) + 1)


@lru_cache(maxsize=4096)
def _ways(word: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for length in range(min(_LONGEST, len(word)), 0, -1):
        piece, rest = word[:length], word[length:]
        if not rest:
            if piece in SYLLABLES or piece in _BEGINNINGS:
                found.append((piece,))
        elif piece in SYLLABLES:
            found += [(piece, *more) for more in _ways(rest)]
    return sorted(found, key=lambda way: (way[-1] not in SYLLABLES, len(way)))[:_MOST_WAYS]
