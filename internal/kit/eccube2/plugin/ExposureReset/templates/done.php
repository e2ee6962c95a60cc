<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
?>
<h1><?php echo $p->e($v['h1']); ?></h1>
<p>この端末でも、ほかの端末でも、新しいパスワードでログインしなおしてください。</p>
<p class="en" lang="en">Done. Log in with the new password, here and on your other devices.</p>
<?php if ($v['more']) { ?>
<form method="post" action="<?php echo $p->e($p->here()); ?>">
<?php echo $p->hidden(array('exposure_csrf' => $v['csrf'])); ?>
<p><button type="submit" name="exposure_step" value="more" class="second">同じメールアドレスの、ほかの会員番号のパスワードも決める <span lang="en">/ Set the password of another membership with this address</span></button></p>
</form>
<?php } ?>
<?php if ($p->login() !== '') { ?>
<p><a class="button" href="<?php echo $p->e($p->login()); ?>">ログインする <span lang="en">/ Log in</span></a></p>
<?php } ?>
