<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
$many = count($v['ids']) > 1;
$wrong = count($v['wrong']) > 0;
$invalid = $wrong && array_diff($v['wrong'], array('which')) ? ' aria-invalid="true"' : '';
?>
<h1><?php echo $p->e($v['h1']); ?></h1>
<?php if ($wrong) { ?>
<div class="error" id="error" role="alert">
<?php foreach ($v['wrong'] as $code) { $words = ExposureReset_Words::of($code, $v['least'], $v['most']); ?>
<p><strong><?php echo $p->e($words[0]); ?></strong> <span class="en" lang="en"><?php echo $p->e($words[1]); ?></span></p>
<?php } ?>
</div>
<?php } ?>
<p><?php echo $p->date('ja'); ?>にお知らせした不正アクセスで、ログインパスワード（暗号化された状態で保存）が漏えいした可能性があります。安全のため、これまでのパスワードは使えなくしました。ご不便をおかけし、申し訳ございません。</p>
<p class="en" lang="en">In the attack announced<?php echo $p->date('en') === '' ? '' : ' on ' . $p->date('en'); ?> your password may have been exposed (it was stored encrypted), so the old one no longer works. We are sorry for the trouble.</p>
<form method="post" action="<?php echo $p->e($p->here()); ?>">
<?php echo $p->hidden(array('exposure_csrf' => $v['csrf']) + ($many ? array() : array('member' => $v['ids'][0]))); ?>
<?php if ($many) { ?>
<fieldset<?php echo in_array('which', $v['wrong'], true) ? ' aria-describedby="error"' : ''; ?>>
<legend>どの会員番号のパスワードですか <span class="en" lang="en">For which membership?</span></legend>
<?php foreach ($v['ids'] as $id) { ?>
<p><input type="radio" name="member" id="member-<?php echo $p->e($id); ?>" value="<?php echo $p->e($id); ?>" required> <label for="member-<?php echo $p->e($id); ?>">会員番号 <?php echo $p->e($id); ?></label></p>
<?php } ?>
</fieldset>
<?php } else { ?>
<p>会員番号 <span lang="en" class="en">Member number</span> <strong><?php echo $p->e($v['ids'][0]); ?></strong></p>
<?php } ?>
<p>この画面は<?php echo $p->e(date('H:i', $v['until'])); ?>まで使えます。 <span class="en" lang="en">This page works until <?php echo $p->e(date('H:i', $v['until'])); ?>.</span></p>
<p class="hint" id="rule">半角の英字・数字・記号で、<?php echo (int) $v['least']; ?>文字以上<?php echo (int) $v['most']; ?>文字まで。これまでと同じものは使えません。貼り付けることも、パスワード管理ソフトを使うこともできます。<br>
<span class="en" lang="en"><?php echo (int) $v['least']; ?> to <?php echo (int) $v['most']; ?> letters, digits and signs of ASCII, not the old one. You can paste it or use a password manager.</span></p>
<label for="password">新しいパスワード <span class="en" lang="en">New password</span><span class="must">※必須</span></label>
<input id="password" name="password" type="password" autocomplete="new-password" autocapitalize="off" spellcheck="false" required aria-describedby="<?php echo $invalid ? 'error ' : ''; ?>rule"<?php echo $invalid; ?>>
<label for="again">新しいパスワード（もう一度） <span class="en" lang="en">Again</span><span class="must">※必須</span></label>
<input id="again" name="again" type="password" autocomplete="new-password" autocapitalize="off" spellcheck="false" required aria-describedby="<?php echo $invalid ? 'error ' : ''; ?>rule"<?php echo $invalid; ?>>
<p>ほかのサイトで同じパスワードをお使いの方は、そのサイトでも変えてください。</p>
<p class="en" lang="en">If you used the old one elsewhere, change it there too.</p>
<p><button type="submit" name="exposure_step" value="set">変更する <span lang="en">/ Change</span></button></p>
</form>
