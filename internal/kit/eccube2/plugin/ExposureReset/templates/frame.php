<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
?>
<?php if ($p->isMobile()) { ?>
<!DOCTYPE html>
<html lang="ja"><head>
<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">
<?php } else { ?>
<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style><?php echo $p->css(); ?></style>
<?php } ?>
<meta name="exposure-forgot" content="closed">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title><?php echo $p->e($v['title']); ?></title>
</head>
<body>
<?php if ($p->isMobile()) { ?>
<?php echo $p->shop(); ?><hr>
<?php echo $v['main']; ?>
<hr>お客様相談窓口 電話 <?php echo $p->phone(); ?>
<?php } else { ?>
<header><p><?php echo $p->shop(); ?></p></header>
<main>
<?php echo $v['main']; ?>
</main>
<footer>
<p>お客様相談窓口 電話 <?php echo $p->phone(); ?></p>
<p class="en" lang="en">Help line <?php echo $p->phone(); ?></p>
</footer>
<?php } ?>

</body>
</html>
