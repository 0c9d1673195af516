/** Pairs from public bug reports and our own findings: `=` the same answer, `#` another one. */
export const REPORTED = String.raw`
# \frac{1}{2004!} ~ \frac{1}{2006!}
# \frac{1}{2^{99}} ~ \frac{1}{2^{98}}
# \frac{2^{2005}+1}{3\cdot 2^{2006}} ~ \frac{1}{3\cdot 2^{2006}}
# 1-\frac{1}{\mathrm{e}} ~ 1+\frac{1}{\mathrm{e}}
# 1, 2, \ldots, n ~ 1, 3, 5, \ldots, 2n-1
# 1:2:3:\ldots ~ 1:4:9:\ldots
# 1+2+\cdots+n ~ 1+3+\cdots+n
# 1,2,...,n ~ 1,3,...,n
# n=2,3,4 ~ n=1,2,3
# D=(0,1) ~ D=(0,1.5)
# 19, 46 and 82 ~ 21, 36, and 82
# \pm 2021 ~ 2021
# 12:00 ~ 1:00
# \sum_{k=1}^{n} k ~ \sum_{k=0}^{n-1} k
# 4 ~ 4\sqrt(2)
# 123_5 ~ 123_6
# 1010_2 ~ 1010
# x \equiv 3 \pmod 7 ~ x \equiv 4 \pmod 7
# 1,2,2 ~ 1,2
= \{1,2,2\} ~ \{1,2\}
# (1,2) ~ \{1,2\}
# (1,2) ~ (2,1)
# (2,1) ~ \{1,2\}
# 10 cm ~ 10 km
# 60\text{ seconds} ~ 60\text{ minutes}
# 60 s ~ 60 min
# 5 dollars ~ 5 cents
# \$5 ~ 5\%
# $5 ~ 5%
# 10\text{ cm}^2 ~ 10\text{ cm}^3
# 45^\circ ~ 45\%
# \sin 30^\circ ~ \sin 30
# 12\text{ km/h} ~ 12\text{ m/s}
# 5 apples ~ 5 oranges
# 1 km ~ 1000 m
= 28\% ~ 28 pct
= 28\% ~ 28 percent
= 28\% ~ 28 percentage
= 50\% ~ 50
# 50 ~ 0.5
# 0.12345671 ~ 0.12345672
# 0.333333 ~ 1/3
# 1.414214 ~ \sqrt{2}
# 3.14159265 ~ \pi
# 0.333 ~ 1/3
# A ~ a
= B. 42 ~ 42
= \textbf{(A)}\ 5 ~ 5
= \textbf{(A)}\ 5 ~ A
= 11 5/6 ~ 71/6
= 2 2/3 ~ 2\frac{2}{3}
= -1 1/2 ~ -3/2
# 2 2/3 ~ 2
# 4 10/3 ~ 10
= m \geq \sqrt2 ~ m \in [\sqrt2,+\infty)
= x<3 ~ (-\infty,3)
= (0,12.5) ~ 0<x<12.5
= 0<x<1 ~ 1>x>0
= x\neq 2 ~ (-\infty,2)\cup(2,\infty)
= x<-1 \text{ or } x>1 ~ (-\infty,-1)\cup(1,\infty)
= \{x\mid x>0\} ~ (0,\infty)
= \text{all real numbers} ~ \mathbb{R}
= x \in (0,1) ~ (0,1)
= x\le3 ~ 3\ge x
= \mathbb R\setminus\{2\} ~ (-\infty,2)\cup(2,\infty)
# x<3 ~ x\le3
= 0.\overline{3} ~ 1/3
= 0.1\overline{6} ~ 1/6
= 1 000 000 ~ 1000000
= 30^\circ ~ \frac{\pi}{6}
= \sin 30^\circ ~ 1/2
= 1{,}234 ~ 1234
= \$1,234.50 ~ 1234.5
# 3,5 ~ 3.5
# (1,234) ~ (1234)
= **73** ~ 73
= {73} ~ 73
= \underline{73} ~ 73
= \color{red}{73} ~ 73
= \mathbf{73} ~ 73
= 73. ~ 73
= \text{13} ~ 13
= 3**2 ~ 9
= pi/4 ~ \frac{\pi}{4}
= Fraction(1, 2) ~ 1/2
= 2(3) ~ 6
= e^{i\pi} ~ -1
= sqrt(3) ~ \sqrt3
= 2*sqrt(3) ~ 2\sqrt{3}
= [1, 2, 3] ~ 1,2,3
= {1, 2} ~ \{1,2\}
= 1.5e3 ~ 1500
= \emptyset ~ \varnothing
= \emptyset ~ \{\}
# \emptyset ~ 0
= 2+3=5 ~ 5
= x=2+3=5 ~ 5
= x = 2 \approx 2.0 ~ 2
# 10:30 ~ 10:30 AM
# five ~ 5
# 3 \pmod 7 ~ 3
= 2x+4y-3=0 ~ y=-\frac12x+\frac34
# y=2x+1 ~ y=2x+3
# \frac{x^2}{4}+\frac{y^2}{3}=1 ~ \frac{x^2}{3}+\frac{y^2}{4}=1
= 1331 and 1728 ~ 1728, 1331
# 1331 and 1728 ~ 1728
= 004 ~ 4
= 0.5+\frac{\pi}{8} ~ \pi \div 8 + 1 \div 2
# \begin{pmatrix}-2\\-14\\-7\end{pmatrix} ~ \begin{pmatrix}-2-14-7\end{pmatrix}
= \pm3 ~ 3,-3
= (5,3) ~ x=5, y=3
# x=5 ~ y=5
# \begin{pmatrix}1\\2\end{pmatrix} ~ \begin{pmatrix}1&2\end{pmatrix}
# 6.02\times10^{23} ~ 6.02\times10^{22}
# \frac1{10^{10}} ~ 0
# 9^{9^{9^9}} ~ 1
# n=3k ~ 3
= n=3k ~ 3k
= [np.float64(1.0)] ~ 1
= np.float64(0.5) ~ 1/2
= [np.int64(2), np.int64(3)] ~ 2,3
= np.arcsin(10/13) ~ \arcsin\frac{10}{13}
= -1./3 ~ -\frac13
= -3./2 ~ -1.5
= 18 eggs ~ 18
= \text{40 apples} ~ 40
= \text{The area is } 12 ~ 12
= 40 \text{ apples} ~ 40
# 52_8 ~ 52_9
# 52_8 ~ 52
# 6m ~ 6
# \frac{37}{4} m ~ \frac{37}{4}
# \frac{1}{\sqrt{2}}c ~ \frac{1}{\sqrt{2}}
# 16,3,1,1 ~ 16,3,1
# -2,-2 ~ -2
# (1,3) ~ 1,3
# (-2,1) ~ -2,1
# 900,\!000,\!000 ~ 900,0,0
# 10,\!080 ~ 10,80
# 864 cm^2 ~ 864 inches^2
# 2016-07-11 ~ 2016-11-07
# 18th ~ 18
= 50.0\% ~ 50
= 35.0\% ~ 35
= $221,$8$ ~ 221,8
= E_{1},E_{2} ~ E_2, E_1
= I_{\max} ~ I_{max}
= \begin{pmatrix}1\\[4pt]2\end{pmatrix} ~ \begin{bmatrix}1\\2\end{bmatrix}
= \{1 \pm\sqrt5, -2\} ~ \{-2, 1+\sqrt5, 1-\sqrt5\}
= 2,500 and 7,500 ~ 2500, 7500
= 1 000 ~ 1000
= 10\,080 ~ 10,\!080
= 6+(-5)i ~ 6-5i
= C(2n,n) ~ \binom{2n}{n}
= \sinh x ~ \frac{e^x-e^{-x}}{2}
= 60 \frac{\text{km}}{\text{h}} ~ 60 km/h
= \dot v ~ \dot{v}
= 6 - 5i ~ -5i+6
= 125\textnormal{ miles} ~ $125$ miles
= 2 \cdot e^{i\pi/2} ~ 2i
# 36^\circ ~ \$36
# -1+1/2^{300} ~ -1
= \frac{\sqrt{2}}{2} ~ \frac{1}{\sqrt2}
= \text{(C)} ~ C
= x = 3, y = 5 ~ y=5, x=3
# x = 3, y = 5 ~ x=5, y=3
= \$18.90 ~ 18.90
= 5.4 \text{ cents} ~ 5.4
= 5 km ~ 5 kilometers
= 3 \text{ m}^2 ~ 3 \text{ square meters}
= 60 mph ~ 60 miles per hour
# \{2k \mid k \in \mathbb{Z}\} ~ \{3k \mid k \in \mathbb{Z}\}
# \{x \in \mathbb{Z} : x>0\} ~ \{x : x>0\}
= \{x \in \mathbb{R} : x>0\} ~ (0,\infty)
# x>0, y>0 ~ x>0
# x>0, y<1 ~ (0,1)
= x>0, x<1 ~ (0,1)
# x>0 ~ y>0
# 2an ~ 2
# 2nm ~ 2
# 3mg ~ 3
# 2abc ~ 2
# 3 xyz ~ 3
# \lfloor x \rfloor ~ x
= \lceil n/2\rceil ~ \lfloor (n+1)/2\rfloor
= 12\text{ m/s} ~ 12 m/s
= 5 \text{ kg m/s}^2 ~ 5 kg m/s^2
= (1010)_2 ~ 1010_2
= 1010_{\text{two}} ~ 1010_2
= 1010 \text{ (base 2)} ~ 1010_2
= 1010 base 2 ~ 1010_{2}
# FF_{16} ~ 255
= FF_{16} ~ \text{FF}_{16}
= 3 \bmod 7 ~ 3 \pmod{7}
= x \equiv 10 \pmod 7 ~ x \equiv 3 \pmod{7}
= x ≡ 3 (mod 7) ~ x \equiv 3 \pmod 7
= 3 (mod 7) ~ 3 \pmod 7
# n \equiv 1 \pmod 2 ~ n \equiv 1 \pmod 3
= -4 \pmod 7 ~ 3 \pmod 7
# 10^{-20} ~ 2\times 10^{-20}
# 10^{-30} ~ 0
# e^{-100} ~ e^{-101}
# e^{-200} ~ 0
# 1+e^{-100} ~ 1
# \tanh(100) ~ 1
# \frac{\pi}{2} ~ \arctan(10^{70})
# 2^{100000}-1 ~ 2^{100000}
# \sqrt{10^{60}+1} ~ 10^{30}
# \cosh 1000 ~ \frac{e^{1000}}{2}
# 10^{100}\pi ~ (10^{100}+1)\pi
= \frac{\pi}{3} \text{ rad} ~ 60^\circ
= \frac{\pi}{3} \text{ radians} ~ \frac{\pi}{3}
= 2\left(\cos\frac{\pi}{3}+i\sin\frac{\pi}{3}\right) ~ 1+\sqrt3 i
= 1\ 000\ 000 ~ 1000000
= *73* ~ 73
= \textcolor{blue}{73} ~ 73
= \fbox{73} ~ 73
= {73} ~ 73
= x \in \mathbb{R}, x \neq 2 ~ \mathbb{R}\setminus\{2\}
= \mathbb{R} - \{2\} ~ x \neq 2
= \mathbb{R} ~ (-\infty, \infty)
= x>=2 ~ [2,\infty)
= -1 \leq x < 3 ~ [-1,3)
# -1 \leq x < 3 ~ [-1,3]
= f(x) = 2x ~ f(t) = 2t
# f(x) = 2x ~ f(t) = 3t
# f(x) = 2x ~ g(x) = 2x
= [[1,2],[3,4]] ~ \begin{pmatrix}1&2\\3&4\end{pmatrix}
= \langle 1, 2 \rangle ~ (1,2)
= 1 1/2 hours ~ 1.5 hours
= 4:30 pm ~ 4:30 \text{ p.m.}
# 4:30 pm ~ 4:30 am
= 1,2,\ldots,n ~ 1,2,\dots,n
# \{1,3,5,\ldots\} ~ \{2,4,6,\ldots\}
= 5 apples ~ 5 \text{ apples}
= 3 days ~ 3
# 3 days ~ 3 hours
# 3 days ~ 3 weeks
# \text{5 km} ~ \text{5 m}
# 5 m ~ 5 km
= \text{east} ~ East
# 3x ~ 3
# 5\sqrt{2} ~ 5
# 1, 1 ~ 1
# \{1,2\} ~ 1,2,2
= 3 + 4 = 7 ~ 7
# 2\pi r ~ 2\pi r(h+r)
# x^2+1 ~ x^2+1=0
= y=2x+3 ~ 2x-y+3=0
= 2x+3y=6 ~ 4x+6y=12
= xy=x ~ x = xy
# \frac{dx}{dt} ~ \frac{x}{t}
# I(0) ~ 0
# \sqrt{x^2} ~ x
= |x-3| ~ |3-x|
= \log_2 8 ~ 3
= \frac{\ln 8}{\ln 2} ~ 3
= \sqrt[3]{-8} ~ -2
# \int_0^1 x dx ~ \int_0^2 x dx
= \int_0^1 x dx ~ \int_0^1  x  dx
= 0.5 \text{ miles per hour} ~ 0.5 mph
= 3 cm^2 ~ 3 square centimeters
= 3 \text{ sq ft} ~ 3 \text{ ft}^2
# 3 \text{ ft} ~ 3 \text{ ft}^2
= 100{,}000 ~ 100000
# 1/3 ~ 0.33
= \frac{7}{3} ~ 2.3333333333333335
# 50\% ~ 5\%
# \text{yes} ~ \text{no}
= (3, 4) ~ (3.0, 4.0)
= ( 3 ; 4 ) ~ (3,4)
= (x,y) = (3,4) ~ x=3, y=4
= \text{A} ~ (A)
# (A) ~ (B)
= x=\pm\sqrt{2} ~ \sqrt2, -\sqrt2
= \pm 1, \pm 2 ~ -2,-1,1,2
= 1/(2x) ~ \frac{1}{2x}
# 1/2x ~ \frac{1}{2x}
`
