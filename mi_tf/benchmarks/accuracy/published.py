"""Published mean absolute errors on the 40 tasks of Beyond Normal.

The figures are from papers of 2026 [1, 2], which compare these methods. The
samples and seeds are not ours.

#### References

[1]: ALICE: In-context, zero-shot, mutual information estimation. 2026.
     https://arxiv.org/abs/2609.34962
[2]: Zhengyang Hu, Yanzhi Chen, Hanxiang Ren, Qunsong Zeng, Youyi Zheng, Adrian
     Weller, Kaibin Huang, Yanchao Yang. InfoAtlas: A foundation model for
     zero-shot statistical dependence estimate. _ICML_, 2026.
     https://arxiv.org/abs/2606.00241
"""

SIZES = (1000, 5000, 10_000)

# Method -> mean absolute errors in nats at `SIZES`, and the method's paper.
BEYOND_NORMAL = {
  'ALICE': ((0.092, 0.063, 0.060), 'arXiv:2609.34962'),
  'MINDE-C': ((0.353, 0.070, 0.065), 'arXiv:2310.09031'),
  'MINE': ((0.248, 0.117, 0.108), 'arXiv:1801.04062'),
  'InfoNCE': ((0.887, 0.123, 0.083), 'arXiv:1807.03748'),
  'InfoAtlas': ((0.253, 0.271, 0.276), 'arXiv:2606.00241'),
  'KSG': ((0.288, 0.240, 0.219), 'arXiv:cond-mat/0305641'),
  'CCA': ((0.195, 0.192, 0.181), 'arXiv:2306.11078'),
}
